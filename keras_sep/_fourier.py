"""The Fourier transform of real numbers, with an FFT or, for runtimes without one, as a product."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_sep._portable import portable_operations


def rfft(x: Any, length: int) -> Any:
    """Real and imaginary part (..., length // 2 + 1) of x (..., length)."""
    if portable_operations() is None:
        return ops.rfft(x, fft_length=length)
    return ops.split(ops.matmul(x, _constant(waves(length), x)), 2, axis=-1)


def irfft(real: Any, imag: Any, length: int) -> Any:
    """The numbers (..., length) of this real and imaginary part, (..., length // 2 + 1)."""
    if portable_operations() is None:
        return ops.irfft((real, imag), fft_length=length)
    x = ops.concatenate([real, imag], axis=-1)
    return ops.matmul(x, _constant(inverse_waves(length).T, x))


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
