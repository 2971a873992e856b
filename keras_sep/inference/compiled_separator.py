"""A separator as a function of NumPy arrays, compiled if the backend can."""

import functools
import math
from typing import Any

import keras
import numpy as np

from keras_sep._faster_operations import faster_operations
from keras_sep._validate import require_positive_integers
from keras_sep.inference._continue_order import continue_order

MAX_SHIFT_SECONDS = 0.5  # as Demucs
_STRIDE_FACTORS = 2 * 3 * 5 * 7


class CompiledSeparator:
    """Call a separator on one signal of any length, from NumPy to NumPy.

    On the TensorFlow backend the separator runs as one `tf.function` whose signature leaves the
    length open, so that another length does not trace it again. On JAX it is compiled for each new
    length; on PyTorch it runs without gradients. What is compiled is kept with the separator, and
    used again wherever that is separated with.

    Args:
        separator: `Separator`, or any model from waveforms to stems with `channels`.
        shifts: Number of separations of the signal, each shifted against the network's strides,
            that are averaged: slightly better, and slower by that factor. The shifts are multiples
            of one number and span half a second. That number has no factor in common with usual
            strides, so that frames differ every time. Default 1.

    A subclass that overrides `run` separates by other means, such as a server's.

    Reference: the mean over shifts is the "shift trick" of Defossez et al., "Music source
    separation in the waveform domain", 2019, section 4.4, which draws them at random.
    """

    in_flight = 1  # blocks of a file that are separated at the same time

    def __init__(self, separator: Any, shifts: int = 1):
        require_positive_integers(shifts=shifts)
        self.separator = separator
        self.shifts = shifts
        # kept with the separator, past Keras's tracking, for all that separate with it
        self._functions: dict[int, Any] = vars(separator).setdefault("_compiled_functions", {})

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """Separate samples (samples, channels) into stems (samples, channels, sources)."""
        stems = self._checked(samples)
        for shift in range(1, self.shifts):
            before = shift * self._shift_samples()
            moved = self._checked(np.pad(samples, ((before, 0), (0, 0))))[before:]
            if getattr(self.separator, "interchangeable_sources", False):
                moved = moved[..., continue_order(stems, moved)]
            stems = stems + moved
        return stems / self.shifts if self.shifts > 1 else stems

    @property
    def most_shifted(self) -> int:
        """Largest number of samples put before the signal."""
        return (self.shifts - 1) * self._shift_samples()

    def _shift_samples(self) -> int:
        """Samples from one shift to the next."""
        longest = round(MAX_SHIFT_SECONDS * self.separator.sample_rate_hz)
        samples = max(1, longest // self.shifts)
        while math.gcd(samples, _STRIDE_FACTORS) > 1:
            samples -= 1
        return samples

    def run(self, samples: np.ndarray) -> np.ndarray:
        """Separate samples (samples, channels) once, whatever comes of it."""
        channels = samples.shape[1]
        if channels not in self._functions:
            self._functions[channels] = self._compile(channels)
        waveform = keras.ops.convert_to_tensor(samples[None], "float32")
        return keras.ops.convert_to_numpy(self._functions[channels](waveform))[0]

    def _checked(self, samples: np.ndarray) -> np.ndarray:
        stems = self.run(samples)
        if stems.shape[:2] != samples.shape:
            raise ValueError(
                "the model must keep samples and channels. "
                f"It made {stems.shape} of {samples.shape}"
            )
        if not np.isfinite(stems).all():
            peak = float(np.abs(samples).max(initial=0))
            loud = f" for samples of up to {peak:.3g}, where full scale is 1" if peak > 1000 else ""
            raise ValueError(f"the model outputs NaN or infinite samples{loud}")
        return stems

    def _compile(self, channels: int) -> Any:
        separator = self.separator

        def separate(waveform: Any) -> Any:
            with faster_operations(separator):
                return separator(waveform, training=False)

        if keras.backend.backend() == "jax":
            return _jitted(separator)
        if keras.backend.backend() == "torch":
            import torch

            return torch.no_grad()(separate)
        import tensorflow as tf

        signature = [tf.TensorSpec((1, None, channels), tf.float32)]
        return tf.function(separate, input_signature=signature, autograph=False)


def _jitted(separator: Any) -> Any:
    """A separator compiled by JAX, with its weights as they are at each call."""
    import jax

    # once per length: all blocks except the last have the same
    run = jax.jit(functools.partial(separator.stateless_call, training=False))

    def separate(waveform: Any) -> Any:
        if not separator.built:
            return separator(waveform, training=False)
        kinds = (separator.trainable_variables, separator.non_trainable_variables)
        return run(*([weight.value for weight in kind] for kind in kinds), waveform)[0]

    return separate
