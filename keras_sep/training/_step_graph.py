"""A training step of a recipe, traced without memory for weights or data."""

from collections.abc import Callable
from typing import Any

import keras

from keras_sep._frames import frames_within
from keras_sep._tensorflow import tf
from keras_sep._without_memory import without_memory
from keras_sep.layers import loops_of_keras
from keras_sep.training.build import build_model, build_network
from keras_sep.training.compile_arguments import build_loss
from keras_sep.training.recipe import Recipe


def shapes_of(recipe: Recipe) -> tuple[Any, ...]:
    """Shape of what the model reads in a step and, unless it makes it itself, of the target."""
    batch, channels, targets = recipe.fit.batch_size, recipe.channels, len(recipe.targets)
    samples = round(recipe.data.excerpt_seconds * recipe.sample_rate_hz)
    whole = samples + 2 * recipe.margin_samples
    if recipe.stft is None:
        return (batch, whole, channels), (batch, samples, channels, targets)
    frames = frames_within(samples, recipe.stft.hop_length)
    if recipe.data.spectrograms == "model":
        if recipe.voices is None:  # in whole hops
            whole = (frames - 1) * recipe.stft.hop_length + 2 * recipe.margin_samples
        return ((batch, whole, channels, len(recipe.sources)),)
    shape = (batch, frames, recipe.stft.bins, channels)
    return shape, (*shape, targets)


def model_of_shapes(recipe: Recipe) -> keras.Model:
    """The model that `fit` trains, its weights of shapes alone."""

    model = without_memory(lambda: build_model(recipe, build_network(recipe)))
    weights = {name: head.weight for name, head in recipe.heads.items()}
    model.compile(loss=build_loss(recipe), loss_weights=weights or None)
    return model


def traced_step(recipe: Recipe, model: keras.Model) -> Any:
    """Trace the loss and all gradients of a step, and return the graph.

    Args:
        recipe: Recipe of the training.
        model: From `model_of_shapes`.
    """
    shapes = shapes_of(recipe)
    specs = [
        [tf.TensorSpec(variable.shape, variable.dtype) for variable in variables]
        for variables in (model.trainable_variables, model.non_trainable_variables)
    ]
    data = [tf.TensorSpec(shape, "float32") for shape in shapes]

    def step(trainable: Any, others: Any, x: Any, y: Any = None) -> Any:
        if y is not None and recipe.heads:
            y = dict.fromkeys(recipe.heads, y)
        with tf.GradientTape() as tape:
            tape.watch(trainable)
            loss = _stateless(model, trainable, others, lambda: _loss(model, x, y))
        return loss, tape.gradient(loss, trainable)

    with loops_of_keras():
        return tf.function(step, autograph=False).get_concrete_function(*specs, *data).graph


def _loss(model: keras.Model, x: Any, y: Any) -> Any:
    return model.compute_loss(x, y, model(x, training=True), training=True)


def _stateless(model: keras.Model, trainable: Any, others: Any, compute: Callable[[], Any]) -> Any:
    """What a function of the model returns for these values of its variables."""
    variables = [*model.trainable_variables, *model.non_trainable_variables]
    mapping = list(zip(variables, [*trainable, *others], strict=True))
    with keras.StatelessScope(state_mapping=mapping):
        return compute()
