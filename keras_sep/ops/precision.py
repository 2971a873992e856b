"""Spectra need the range of float32: float16 cannot hold the square of one."""

from typing import Any

from keras import ops


def in_float32(x: Any) -> Any:
    """`x` as a tensor in float32, or as it is when in float64."""
    x = ops.convert_to_tensor(x)
    return x if x.dtype == "float64" else ops.cast(x, "float32")
