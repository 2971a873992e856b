"""Positions as rotations of pairs of features."""

from typing import Any

import keras
from keras import ops

from keras_sep.ops.precision import in_float32

THETA = 1e4


def rotary_positions(x: Any, theta: float = THETA, interleaved: bool = True) -> Any:
    """Rotate pairs of features by angles that grow with the position of their frame.

    Pair n of `size / 2` is rotated by `position * theta ** (-2 n / size)`. The product of a query
    and a key then depends on their positions only through the difference.

    Args:
        x: (..., frames, size) queries or keys, of an even size.
        theta: base of the angles' geometric series.
        interleaved: whether pair n is features 2n and 2n + 1, as in Su et al.'s equation 34 and
            rotary-embedding-torch; otherwise features n and n + size / 2, as in GPT-NeoX and Llama.

    Returns:
        The shape of `x`.

    Example:

    >>> x = np.ones((1, 3, 2), "float32")  # (heads, frames, size)
    >>> y = keras.ops.convert_to_numpy(keras_sep.ops.rotary_positions(x))
    >>> angles = np.arctan2(y[..., 1], y[..., 0])
    >>> np.diff(angles.ravel()).round(4).tolist()
    [1.0, 1.0]

    Reference: Su et al., "RoFormer: enhanced transformer with rotary position embedding", 2021,
    equation 34.
    """
    x = ops.convert_to_tensor(x)
    dtype = keras.backend.standardize_dtype(x.dtype)
    phasors = rotary_phasors(ops.shape(x)[-2], x.shape[-1], theta, dtype)
    return rotate_pairs(x, phasors, interleaved)


def rotary_phasors(
    frames: Any, size: int, theta: float = THETA, dtype: str = "float32"
) -> tuple[Any, Any]:
    """Cosines and sines, (frames, size / 2) each, of the angles of `rotary_positions`.

    They are in float32, or in float64 for features of this dtype.
    """
    dtype = "float64" if dtype == "float64" else "float32"
    rates = theta ** (-ops.arange(0, size, 2, dtype=dtype) / size)
    angles = ops.arange(frames, dtype=dtype)[:, None] * rates
    return ops.cos(angles), ops.sin(angles)


def rotate_pairs(x: Any, phasors: tuple[Any, Any], interleaved: bool = True) -> Any:
    """`x`, (..., frames, size), rotated by what `rotary_phasors` returned."""
    dtype = keras.backend.standardize_dtype(x.dtype)
    cos, sin = phasors
    first, second = _parted(in_float32(x), interleaved)
    pair = [first * cos - second * sin, first * sin + second * cos]
    if not interleaved:
        return ops.cast(ops.concatenate(pair, axis=-1), dtype)
    return ops.cast(ops.reshape(ops.stack(pair, axis=-1), ops.shape(x)), dtype)


def _parted(x, interleaved):
    """The first and the second feature of every pair."""
    if not interleaved:
        return ops.split(x, 2, axis=-1)
    return ops.unstack(ops.reshape(x, (*ops.shape(x)[:-1], -1, 2)), 2, axis=-1)
