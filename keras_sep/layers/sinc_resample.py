"""Another sample rate, by a filter of sincs."""

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_sep._part import part
from keras_sep._sizes import larger, smaller
from keras_sep._validate import require_positive_integers, require_positive_numbers
from keras_sep.layers._spectral import SpectralLayer


@keras.saving.register_keras_serializable(package="keras_sep")
class SincResample(SpectralLayer):
    """Resample a waveform inside a network by a fixed filter, through which gradients pass.

    The filter is a sinc under a Hann window, with a cut-off slightly below the lower of the two
    Nyquist frequencies. The ends are extended with their last sample. For files use
    `keras_sep.data.resample`.

    Args:
        old: sample rate of the input, or a number proportional to it.
        new: sample rate of the output, likewise proportional.
        zeros: number of zero crossings of the sinc on each side.
        rolloff: cut-off as a fraction of the lower Nyquist frequency.

    Input shape:
        (batch, samples, channels)

    Output shape:
        (batch, samples * new // old, channels)

    Example:

    >>> x = np.sin(np.arange(1000) / 20)[None, :, None].astype("float32")
    >>> twice = keras_sep.layers.SincResample(1, 2)(x)
    >>> tuple(twice.shape), bool(np.abs(twice[:, 100:-100:2] - x[:, 50:-50]).max() < 1e-3)
    ((1, 2000, 1), True)

    Reference: Smith, "Digital audio resampling", 1984 and later; Défossez et al., "Music source
    separation in the waveform domain", 2019, section 4.3.
    """

    axes = ("(batch, samples, channels)",)
    at_least_one = ("samples",)

    def __init__(self, old: int, new: int, zeros: int = 24, rolloff: float = 0.945, **kwargs: Any):
        super().__init__(**kwargs)
        require_positive_integers(old=old, new=new, zeros=zeros)
        require_positive_numbers(rolloff=rolloff)
        self.old = old
        self.new = new
        self.zeros = zeros
        self.rolloff = rolloff
        divisor = math.gcd(old, new)
        self._step, self._phases = old // divisor, new // divisor

    def call(self, inputs: Any) -> Any:
        x = self._enter(inputs)
        if self._step == self._phases:
            return self._leave(x)
        kernel, reach = self._kernel(), self._reach
        batch, samples, channels = ops.shape(x)
        x = ops.transpose(x, (0, 2, 1))  # (batch, channels, samples)
        first = part(x, -1, 0, smaller(1, samples))
        last = part(x, -1, larger(samples - 1, 0), samples)
        before = ops.repeat(first, reach, axis=-1)
        after = ops.repeat(last, reach + self._step, axis=-1)
        x = ops.concatenate([before, x, after], axis=-1)
        x = ops.reshape(x, (batch * channels, -1, 1))
        # one output of the convolution a phase: (batch * channels, steps, phases)
        x = ops.conv(x, ops.cast(kernel, x.dtype), strides=self._step, padding="valid")
        x = ops.reshape(x, (batch, channels, -1))
        steps = smaller(samples * self._phases // self._step, ops.shape(x)[-1])
        x = part(x, -1, 0, steps)
        return self._leave(ops.transpose(x, (0, 2, 1)))

    def inputs_of(self, first: int, last: int) -> tuple[int, int]:
        """The first and the last sample of the input that these samples of the output depend on."""
        if self._step == self._phases:
            return first, last
        first, last = (sample // self._phases * self._step for sample in (first, last))
        return first - self._reach, last + self._reach + self._step - 1

    @property
    def _rate(self):
        return min(self._step, self._phases) * self.rolloff

    @property
    def _reach(self):
        """How many taps are before a sample."""
        return math.ceil(self.zeros * self._step / self._rate)

    def _kernel(self):
        """(taps, 1, phases)"""
        rate, reach = self._rate, self._reach
        taps = np.arange(-reach, reach + self._step)[:, None] / self._step
        time = (taps - np.arange(self._phases) / self._phases) * rate
        time = np.clip(time, -self.zeros, self.zeros)
        kernel = np.sinc(time) * np.cos(np.pi * time / self.zeros / 2) ** 2
        return (kernel / kernel.sum(axis=0))[:, None]

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, samples, channels = input_shape
        if samples is not None:
            samples = samples * self._phases // self._step
        return (batch, samples, channels)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "old": self.old,
            "new": self.new,
            "zeros": self.zeros,
            "rolloff": self.rolloff,
        }
