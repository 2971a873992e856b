"""Sizes of axes, which are integers where they are known and tensors where only the run tells."""

from typing import Any

from keras import ops


def larger(a: Any, b: Any) -> Any:
    """The larger of two sizes, an integer where both are: shapes must stay so under jit."""
    return max(a, b) if isinstance(a, int) and isinstance(b, int) else ops.maximum(a, b)


def smaller(a: Any, b: Any) -> Any:
    """The smaller of two sizes, an integer where both are."""
    return min(a, b) if isinstance(a, int) and isinstance(b, int) else ops.minimum(a, b)
