"""Levels: decibels, compression, root mean square."""

import math
from typing import Any

from keras import ops

from keras_sep._floors import AMPLITUDE_FLOOR
from keras_sep.ops.length_mask import masked_mean
from keras_sep.ops.precision import in_float32

# an amplitude or a level below this, -160 dB, counts as this where it would divide


def amplitude_to_decibel(amplitude: Any, floor_db: float = -100.0, reference: float = 1.0) -> Any:
    """20 log10(amplitude / reference), at least `floor_db`.

    For amplitudes, such as magnitudes; not for powers, whose decibels are 10 log10.

    Args:
        amplitude: non-negative, of any shape.
        floor_db: level of silence in decibels; below it the gradient is 0.
        reference: amplitude of 0 dB.

    Returns:
        That shape, in decibels.

    Example:

    >>> decibels = keras_sep.ops.amplitude_to_decibel(np.array([0.0, 0.1, 1.0, 10.0]))
    >>> np.round(decibels).tolist()
    [-100.0, -20.0, 0.0, 20.0]
    """
    dtype = ops.convert_to_tensor(amplitude).dtype
    floor = 10 ** (floor_db / 20)
    decibels = (20 / math.log(10)) * ops.log(ops.maximum(in_float32(amplitude) / reference, floor))
    return ops.cast(decibels, dtype)


def power_compression(x: Any, exponent: float = 0.3) -> Any:
    """|x| to a power, with the sign of x; for a pair the magnitude to a power, with its phase.

    The slope of a power below one is infinite at zero: values below 1e-8 are multiplied by a
    constant instead. `1 / exponent` is the inverse.

    Args:
        x: any shape, or a pair (real, imag) of one shape.
        exponent: exponent of the power; the smaller, the less loud bins dominate.

    Returns:
        That shape, or a pair of it.

    Example:

    >>> np.round(keras_sep.ops.power_compression(np.array([0.0, 4.0, -9.0]), 0.5), 4).tolist()
    [0.0, 2.0, -3.0]
    >>> real, imag = keras_sep.ops.power_compression((3.0, 4.0), 0.5)
    >>> round(float(real**2 + imag**2), 4), round(float(imag / real), 4)
    (5.0, 1.3333)

    Reference: Wilson et al., "Exploring tradeoffs in models for low-latency speech enhancement",
    2018, for the exponent of 0.3.
    """
    if isinstance(x, (tuple, list)):
        dtype = ops.convert_to_tensor(x[0]).dtype
        real, imag = map(in_float32, x)
        power = ops.maximum(ops.square(real) + ops.square(imag), AMPLITUDE_FLOOR**2)
        gain = ops.power(power, (exponent - 1) / 2)
        return ops.cast(real * gain, dtype), ops.cast(imag * gain, dtype)
    dtype = ops.convert_to_tensor(x).dtype
    x = in_float32(x)
    gain = ops.power(ops.maximum(ops.abs(x), AMPLITUDE_FLOOR), exponent - 1)
    return ops.cast(x * gain, dtype)


def root_mean_square(x: Any, per_frame: bool = False, mask: Any = None) -> Any:
    """Root mean square over every axis but the batch, or but batch and time.

    At least 1e-8, so that it can divide: the level of silence is not 0.

    Args:
        x: (batch, time, ...).
        per_frame: whether to return one level per time step, over all axes after it, instead of one
            per example.
        mask: (batch, time), True for real time steps; None for all.

    Returns:
        (batch, 1, 1, ...), or (batch, time, 1, ...), which broadcasts with `x`; in float32 at
        least, as half precision has no number so small.

    Example:

    >>> x = np.array([[[3.0, -3.0], [5.0, 5.0]]])  # (batch, frames, bins)
    >>> np.round(keras_sep.ops.root_mean_square(x), 4).tolist()
    [[[4.1231]]]
    >>> np.round(keras_sep.ops.root_mean_square(x, per_frame=True), 4).tolist()
    [[[3.0], [5.0]]]
    """
    square = ops.square(in_float32(x))
    axes = tuple(range(2 if per_frame else 1, len(square.shape)))
    if per_frame:
        mean = ops.mean(square, axis=axes, keepdims=True)
    else:
        mean = masked_mean(square, mask, axis=axes, keepdims=True)
    return ops.sqrt(ops.maximum(mean, AMPLITUDE_FLOOR**2))
