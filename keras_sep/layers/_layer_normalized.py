"""A layer normalisation without its weights, for layers that have these at another place."""

from typing import Any

from keras import ops

from keras_sep.ops import in_float32

EPSILON = 1e-5


def layer_normalized(x: Any, axis: int | tuple[int, ...] = -1) -> Any:
    """`x` without its mean over these axes, over its deviation; in float32 at least."""
    x = in_float32(x)
    x = x - ops.mean(x, axis=axis, keepdims=True)
    return x * ops.rsqrt(ops.mean(ops.square(x), axis=axis, keepdims=True) + EPSILON)
