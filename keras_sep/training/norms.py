"""Norms of the gradients and the weights, in the log of every epoch."""

import math
from typing import Any

import keras
from keras import ops

GRADIENT, WEIGHT = "gradient_norm", "weight_norm"


def with_norms(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """Have an optimizer sum up the norms of the gradients that it is given.

    Args:
        optimizer: Optimizer that is not built yet.

    Returns:
        The same optimizer, of a class that also has the variables `norm_sum` and `norm_steps`.
    """
    kind = type(optimizer)
    optimizer.__class__ = type(kind.__name__, (_Measuring, kind), {"__module__": kind.__module__})
    return optimizer


class _Measuring:
    """What is added to the class of an optimizer."""

    norm_sum: Any
    norm_steps: Any

    def build(self: Any, variables: Any) -> None:
        if not self.built:
            zero = {"shape": (), "dtype": "float32", "initializer": "zeros"}
            self.norm_sum = self.add_variable(name="norm_sum", **zero)
            self.norm_steps = self.add_variable(name="norm_steps", **zero)
        super().build(variables)  # type: ignore[misc]

    def apply(self: Any, grads: Any, trainable_variables: Any = None) -> None:
        grads = list(grads)
        if not self.built:  # as Keras does it a moment later
            with keras.name_scope(self.name, caller=self):
                self.build(trainable_variables)
        self.norm_sum.assign(self.norm_sum + global_norm(grads))
        self.norm_steps.assign(self.norm_steps + 1.0)
        super().apply(grads, trainable_variables)  # type: ignore[misc]


class NormsLog(keras.callbacks.Callback):
    """Logs the mean norm of an epoch's gradients, and the norm of the weights at its end.

    `gradient_norm` is the norm of all gradients together, before clipping, averaged over the steps;
    of a scaled loss it is that of the unscaled gradients, without the steps that are skipped.
    `weight_norm` is that of all trained weights.

    Needs an optimizer from `with_norms`, and must be called before the callbacks that write logs.
    """

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        optimizer = self._optimizer()
        if optimizer.built:
            optimizer.norm_sum.assign(0.0)
            optimizer.norm_steps.assign(0.0)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        optimizer = self._optimizer()
        steps = float(ops.convert_to_numpy(optimizer.norm_steps))
        if logs is None or not steps:
            return
        weights = global_norm([weight.value for weight in self.model.trainable_variables])
        norms = {
            GRADIENT: float(ops.convert_to_numpy(optimizer.norm_sum)) / steps,
            WEIGHT: float(ops.convert_to_numpy(weights)),
        }
        # what stops a training is its loss and its weights
        logs |= {name: norm for name, norm in norms.items() if math.isfinite(norm)}

    def _optimizer(self) -> Any:
        return getattr(self.model.optimizer, "inner_optimizer", self.model.optimizer)


def global_norm(tensors: Any) -> Any:
    """Euclidean norm of all numbers of several tensors; None among them counts as zeros.

    Args:
        tensors: Tensors of any shapes.

    Example:

    >>> import numpy as np
    >>> from keras_sep.training.norms import global_norm
    >>> float(global_norm([np.array([3.0]), None, np.array([[0.0], [4.0]])]))
    5.0
    """
    squares = [ops.sum(ops.square(ops.cast(x, "float32"))) for x in tensors if x is not None]
    return ops.sqrt(sum(squares[1:], squares[0]))
