"""The Fourier transform of real numbers, with an FFT or, where a runtime has none, as a product."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_sep._portable import portable_operations


def rfft(x: Any, length: int) -> Any:
    """Real and imaginary part (..., length // 2 + 1) of x (..., length)."""
    runtime = portable_operations()
    if runtime is None:
        return ops.rfft(x, fft_length=length)
    if _has_fft(runtime, length):
        pair = _rows(ops.reshape(x, (-1, length)))
        return tuple(ops.reshape(part, (*ops.shape(x)[:-1], length // 2 + 1)) for part in pair)
    return ops.split(ops.matmul(x, _constant(waves(length), x)), 2, axis=-1)


def irfft(real: Any, imag: Any, length: int) -> Any:
    """The numbers (..., length) of this real and imaginary part, (..., length // 2 + 1)."""
    runtime = portable_operations()
    if runtime is None:
        return ops.irfft((real, imag), fft_length=length)
    if _has_fft(runtime, length):
        # the Hartley transform, which is its own inverse: real and imaginary part of a spectrum are
        # even and odd, and so are those of the transform of their sum
        bins = length // 2 + 1
        no_ends = np.r_[0.0, np.ones(bins - 2), 0.0]  # where the imaginary part is nothing
        even = ops.reshape(real, (-1, bins))
        odd = ops.reshape(imag, (-1, bins)) * _constant(no_ends, imag)
        x = _unfolded(*_rows(_unfolded(even, odd))) * (1 / length)
        return ops.reshape(x, (*ops.shape(real)[:-1], length))
    x = ops.concatenate([real, imag], axis=-1)
    return ops.matmul(x, _constant(inverse_waves(length).T, x))


def _has_fft(runtime, length):
    return length >= runtime.fft_from and length & (length - 1) == 0


def _rows(x):
    """Real and imaginary part of each row, by the FFT that backend and runtime both have."""
    return ops.rfft(x, fft_length=x.shape[-1])


def _unfolded(even, odd):
    """The sum of an even and an odd periodic sequence, of each of which the first half is given."""
    mirrored = even[:, 1:-1] - odd[:, 1:-1]
    return ops.concatenate([even + odd, mirrored[:, ::-1]], axis=-1)


def _constant(matrix, x):
    """A matrix in the type of `x`: a graph that cast it would hold it twice as large."""
    return ops.convert_to_tensor(matrix.astype(keras.backend.standardize_dtype(x.dtype)))


def waves(fft_length: int) -> np.ndarray:
    """Cosines and negative sines of all bins as columns, one period being `fft_length`: float64."""
    times = np.arange(fft_length)
    angle = 2 * np.pi * times / fft_length
    sine = np.where(2 * times == fft_length, 0.0, np.sin(angle))
    # whole periods dropped while the numbers are integers: exact, and sines of pi exactly zero
    turns = np.outer(times, np.arange(fft_length // 2 + 1)) % fft_length
    return np.concatenate([np.cos(angle)[turns], -sine[turns]], axis=1)


def inverse_waves(fft_length: int) -> np.ndarray:
    """The waves that the inverse transform adds up, as columns: (fft_length, 2 * bins), float64."""
    # every bin stands for two of the full transform but the first and, if even, the last
    bins = np.arange(fft_length // 2 + 1)
    twice = np.where(2 * bins % fft_length == 0, 1.0, 2.0)
    return waves(fft_length) * np.tile(twice, 2) / fft_length
