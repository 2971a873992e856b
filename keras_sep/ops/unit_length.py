"""Vectors of length one."""

from typing import Any

from keras import ops

from keras_sep._floors import SQUARED_LENGTH_FLOOR
from keras_sep.ops.precision import in_float32

# square of the length below which a vector counts as zero


def unit_length(x: Any, axis: int = -1) -> Any:
    """Divide vectors by their length; zero stays zero, with zero gradient.

    `keras.ops.normalize` has no gradient at zero: on JAX and PyTorch it is NaN.

    Args:
        x: any shape.
        axis: axis along which the vectors lie.

    Returns:
        The shape of `x`.

    Example:

    >>> vectors = keras_sep.ops.unit_length(np.array([[3.0, 4.0], [0.0, 0.0]]))
    >>> np.round(vectors, 4).tolist()
    [[0.6, 0.8], [0.0, 0.0]]
    """
    dtype = ops.convert_to_tensor(x).dtype
    x = in_float32(x)
    square = ops.sum(ops.square(x), axis=axis, keepdims=True)
    # no root ever sees a zero, and no `where` lets a NaN through to the gradient
    loud = ops.cast(square >= SQUARED_LENGTH_FLOOR, square.dtype)
    return ops.cast(x * (loud * ops.rsqrt(ops.maximum(square, SQUARED_LENGTH_FLOOR))), dtype)
