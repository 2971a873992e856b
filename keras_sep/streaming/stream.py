"""One stream through a stepper, from NumPy to NumPy."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_sep._validate import require_positive_integers
from keras_sep.streaming.stepper import Stepper


class Stream:
    """A live sound that goes through a stepper, compiled for chunks of one length.

    Args:
        stepper: `Stepper` of a separator or network of waveforms.
        chunk_samples: Length of a chunk in samples. It is rounded up to a multiple of the stride;
            of a separator that goes by blocks it is one. Default: the stride.

    Attributes:
        chunk_samples: Length of a chunk in samples.

    Example:

    >>> network = keras_sep.zoo.tasnet(filters=7, kernel_size=40, units=6, causal=True)
    >>> stepper = keras_sep.streaming.Stepper(keras_sep.Separator(network, 8000, ("s1", "s2")))
    >>> stream = keras_sep.streaming.Stream(stepper, chunk_samples=160)
    >>> stream(np.zeros((160, 1), "float32")).shape
    (160, 1, 2)
    """

    def __init__(self, stepper: Stepper, chunk_samples: int | None = None):
        if chunk_samples is not None:
            require_positive_integers(chunk_samples=chunk_samples)
        chunk, _ = stepper.network.input
        strides = -(-(chunk_samples or stepper.stride) // stepper.stride)
        self.chunk_samples: int = stepper.stride * (strides if chunk.shape[1] is None else 1)
        self.stepper = stepper
        self.reset()
        self._step = _compiled(stepper, (1, self.chunk_samples, chunk.shape[2]))

    def reset(self) -> None:
        """Start anew, as before the first chunk."""
        self._state = self.stepper.initial_state()

    def __call__(self, chunk: np.ndarray) -> np.ndarray:
        """The stems (samples, channels, sources) that come out with a chunk (samples, channels)."""
        x = ops.convert_to_tensor(np.asarray(chunk, "float32")[None])
        stems, self._state = self._step(x, self._state)
        return keras.ops.convert_to_numpy(stems)[0]


def _compiled(stepper, shape):
    """The function of a step that the backend compiles for one shape of a chunk."""
    network = stepper.network

    def step(chunk: Any, state: Any) -> Any:
        return network((chunk, state), training=False)

    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        state = {x: tf.TensorSpec(y.shape, y.dtype) for x, y in stepper.initial_state().items()}
        return tf.function(step, autograph=False).get_concrete_function(tf.TensorSpec(shape), state)
    if keras.backend.backend() == "jax":
        import jax

        return jax.jit(step)
    import torch

    return torch.no_grad()(step)
