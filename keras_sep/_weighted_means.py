"""Means of embeddings under weights, which may be zero."""

from typing import Any

from keras import ops

from keras_sep._floors import WEIGHT_FLOOR
from keras_sep.ops.precision import in_float32


def weighted_means(points: Any, weights: Any) -> Any:
    """Means of points (batch, n, dims) under weights (batch, n, k): (batch, k, dims).

    Zero where there is no weight.
    """
    weights = ops.cast(weights, points.dtype)
    total = ops.expand_dims(column_sums(weights), -1)
    return ops.einsum("bnk,bnd->bkd", weights, points) / divisor(total)


def column_sums(weights: Any) -> Any:
    """Sums over n of (batch, n, k), as (batch, k), without accumulated rounding.

    TensorFlow adds the numbers of a column one by one in float32, so that rounding accumulates; it
    adds those of a row in parts.
    """
    return ops.sum(ops.transpose(weights, (0, 2, 1)), axis=-1)


def divisor(total: Any) -> Any:
    """`total`, with 1 for what is too small to divide by: 0 / 0 is 0, and so is its gradient."""
    return ops.where(total > WEIGHT_FLOOR, total, ops.ones_like(total))


def flat_bins(x: Any) -> Any:
    """(batch, frames, bins, last) to (batch, frames * bins, last), float32 at least."""
    x = in_float32(x)
    return ops.reshape(x, (ops.shape(x)[0], -1, x.shape[-1]))
