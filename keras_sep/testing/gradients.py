"""Gradients of scalar functions on whichever backend runs."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from keras_sep.testing.outputs import numpy


def gradient(function: Callable[[Any], Any], x: np.ndarray) -> tuple[float, np.ndarray]:
    """Value and gradient of a scalar function at `x`."""
    return _value_and_gradient(lambda _, point: function(point), _compiled_by_jax)(x, x)


def value_and_gradient(
    function: Callable[[Any, Any], Any],
) -> Callable[..., tuple[float, np.ndarray]]:
    """Function of (y_true, y_pred) that returns value and gradient of a scalar function of both.

    The gradient is by `y_pred`. It is compiled where the backend compiles.
    """
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return _value_and_gradient(function, tf.function(reduce_retracing=True))
    return _value_and_gradient(function, _compiled_by_jax)


def _compiled_by_jax(run):
    """The function compiled on JAX, which else compiles every operation by itself."""
    if keras.backend.backend() != "jax":
        return run
    import jax

    return jax.jit(run)


def _value_and_gradient(function, compiled):
    run: Any
    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        tensor, run = jax.numpy.asarray, jax.value_and_grad(function, argnums=1)
    elif backend == "torch":
        import torch

        tensor = torch.tensor

        def run(y_true, y_pred):
            point = y_pred.requires_grad_()
            value = function(y_true, point)
            (slope,) = torch.autograd.grad(value, point)
            return value.detach(), slope
    else:
        import tensorflow as tf

        tensor = tf.constant

        def run(y_true, y_pred):
            with tf.GradientTape() as tape:
                tape.watch(y_pred)
                value = function(y_true, y_pred)
            return value, tape.gradient(value, y_pred)

    run = compiled(run)

    def answer(y_true: np.ndarray, y_pred: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = run(tensor(y_true), tensor(y_pred))
        return float(value), numpy(slope)

    return answer
