"""What `compile` takes: optimizer, loss, and whether to compile with XLA."""

import inspect
from typing import Any

import keras

from keras_sep import losses
from keras_sep._named import Named, made, public
from keras_sep._printable import say
from keras_sep.training._losses import inner_losses
from keras_sep.training.adam_l2 import AdamL2
from keras_sep.training.norms import with_norms
from keras_sep.training.recipe import Recipe


def compile_arguments(recipe: Recipe, devices: Any) -> dict[str, Any]:
    """What `compile` takes.

    Args:
        recipe: Recipe of the training.
        devices: Devices from `distribution`.
    """
    # JAX's step is one of the whole batch, on however many devices
    replicas = 1 if keras.backend.backend() == "jax" else devices.num_replicas_in_sync
    return {
        "optimizer": build_optimizer(recipe, replicas),
        "loss": build_loss(recipe),
        "loss_weights": {name: head.weight for name, head in recipe.heads.items()} or None,
        "jit_compile": compile_jit(recipe),
    }


def compile_jit(recipe: Recipe) -> bool | str:
    """Return the value of `jit_compile` for `compile`."""
    jit, backend = recipe.fit.jit, keras.backend.backend()
    if jit is False and backend == "jax":
        say("fit.jit false: JAX runs op by op, many times slower than with auto")
    # Keras's "auto" would compile with XLA on a GPU, where graphs that call NumPy fail and the
    # first step takes minutes; on JAX it fuses the operations of a step
    return False if jit == "auto" and backend == "tensorflow" else jit


def build_loss(recipe: Recipe) -> keras.losses.Loss | dict[str, keras.losses.Loss]:
    """Build the recipe's loss, or those of its heads by name, as `compile` takes them."""
    if recipe.heads:
        return {name: _loss(head.loss, f"heads.{name}.loss") for name, head in recipe.heads.items()}
    return _loss(recipe.loss, "loss")


def build_optimizer(recipe: Recipe, replicas: int = 1) -> keras.optimizers.Optimizer:
    """Build the recipe's optimizer with its rate and clipping, and for float16 loss scaling.

    Args:
        recipe: Recipe of the training.
        replicas: Number of devices that share a batch. Keras clips the gradient of each before
            adding them, so each gets its share of the norm. Default 1.
    """
    fit = recipe.fit
    clip_norm = None if fit.clip_norm is None else fit.clip_norm / replicas
    known = {
        "learning_rate": fit.learning_rate,
        "global_clipnorm": clip_norm,
        "gradient_accumulation_steps": fit.accumulation if fit.accumulation > 1 else None,
        "use_ema": fit.ema_momentum is not None,
        # the average moves at every step, also at those that only accumulate
        "ema_momentum": (fit.ema_momentum or 0.0) ** (1 / fit.accumulation),
    }
    if fit.optimizer is None:
        optimizer = AdamL2(l2=fit.weight_decay, **known)
    else:
        of_keras = [name for name, kind in vars(keras.optimizers).items() if _is_optimizer(kind)]
        make = public(keras.optimizers, fit.optimizer.name, "fit.optimizer.name", of_keras)
        optimizer = made(make, known, fit.optimizer, "fit.optimizer")
    if fit.norms and replicas > 1:
        raise ValueError(
            "`fit.norms` must be false on several devices, each of which has its own gradients. "
            "Received: true"
        )
    if fit.norms:
        optimizer = with_norms(optimizer)
    # set here, as Keras does it only if the trained model itself is in float16
    scaled = fit.precision == "mixed_float16"
    return keras.optimizers.LossScaleOptimizer(optimizer) if scaled else optimizer


def _is_optimizer(kind: Any) -> bool:
    """Whether this is an optimizer by itself, not the base class or a wrapper."""
    base = keras.optimizers.Optimizer
    is_class = inspect.isclass(kind) and issubclass(kind, base) and kind is not base
    return is_class and "learning_rate" in inspect.signature(kind).parameters


def _loss(named: Named, key: str) -> keras.losses.Loss:
    """Build a loss; arguments that are losses are named in the same way."""
    inner = {name: _loss(loss, name) for name, loss in inner_losses(named, key).items()}
    arguments = dict(named.arguments)
    if "loss" in arguments and inner:
        (arguments["loss"],) = inner.values()
    elif inner:
        arguments["losses"] = list(inner.values())
    loss = public(losses, named.name, f"{key}.name")
    wanted = inspect.signature(loss).parameters.get("loss")
    if wanted is not None and wanted.default is wanted.empty and "loss" not in arguments:
        raise ValueError(f"`{key}.arguments.loss` must be given: {named.name} wraps another loss")
    return made(loss, {}, Named(named.name, arguments), key)
