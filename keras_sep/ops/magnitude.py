"""Magnitude and phase of a complex pair, with gradients that stay finite at zero."""

from typing import Any

from keras import ops

from keras_sep._floors import POWER_FLOOR
from keras_sep.ops.precision import in_float32


def magnitude(pair: Any) -> Any:
    """Magnitude of a pair (real, imag); its gradient at 0 is 0 instead of infinite.

    Args:
        pair: (real, imag), of one shape.

    Returns:
        sqrt(real^2 + imag^2), of that shape.

    Example:

    >>> float(keras_sep.ops.magnitude((3.0, 4.0)))
    5.0
    """
    dtype = _dtype(pair)
    power, root = _power_and_root(*map(in_float32, pair))
    return ops.cast(power / root, dtype)


def phase(pair: Any) -> Any:
    """Phase of a pair (real, imag) in radians, from -pi to pi; 0, with zero gradient, at 0.

    Args:
        pair: (real, imag), of one shape.

    Returns:
        atan2(imag, real), of that shape.

    Example:

    >>> round(float(keras_sep.ops.phase((0.0, 2.0))), 4)
    1.5708
    """
    dtype = _dtype(pair)
    real, imag = map(in_float32, pair)
    power, _ = _power_and_root(real, imag)
    loud = ops.cast(power >= POWER_FLOOR, power.dtype)
    return ops.cast(ops.arctan2(imag * loud, real + (1 - loud)), dtype)


def unit_phasor(pair: Any) -> Any:
    """The pair divided by its magnitude, (cos, sin) of its phase; (1, 0) at 0.

    Args:
        pair: (real, imag), of one shape.

    Returns:
        (cos, sin), of that shape.

    Example:

    >>> cosine, sine = keras_sep.ops.unit_phasor((3.0, 4.0))
    >>> round(float(cosine), 4), round(float(sine), 4)
    (0.6, 0.8)
    """
    dtype = _dtype(pair)
    real, imag = map(in_float32, pair)
    power, root = _power_and_root(real, imag)
    loud = ops.cast(power >= POWER_FLOOR, power.dtype)
    inverse = loud / root
    return ops.cast(real * inverse + (1 - loud), dtype), ops.cast(imag * inverse, dtype)


def _power_and_root(real, imag):
    """Power, and its root, which is never zero.

    No root and no quotient ever sees a zero: `where` around the result alone would let NaN
    (0 times infinity) through to the gradient, and is slow on TensorFlow's CPU
    (`benchmarks/results/recurrent_choices.md`).
    """
    power = ops.square(real) + ops.square(imag)
    return power, ops.sqrt(ops.maximum(power, POWER_FLOOR))


def _dtype(pair):
    return ops.convert_to_tensor(pair[0]).dtype
