"""Attention of several heads, with the scores of a few sequences in memory at once."""

import math
from collections.abc import Callable
from typing import Any

from keras import ops

from keras_sep.layers import _backend
from keras_sep.layers._softmax import softmax
from keras_sep.ops import in_float32

SCORES = 2**21  # in a block of whole sequences: 8 MB, which stay in a CPU's cache


def attention(
    heads: Callable[..., Any],
    tensors: tuple[Any, ...],
    scores: Any,
    mask: Any = None,
    drop: Callable[[Any], Any] | None = None,
    kept: bool = False,
) -> Any:
    """Means of the values, weighted by the softmax of the scaled products of queries and keys.

    It is `keras.ops.dot_product_attention`, with flash attention, where the backend has one that
    holds few scores.

    Args:
        heads: function of `tensors`, or of some of their items, that returns queries, keys and
            values, each (batch, heads, frames, size); values may be of another size.
        tensors: (batch, ...) each.
        scores: number of scores of an item: heads, times frames of queries, times those of keys.
        mask: (batch, frames of keys), True for those attended to.
        drop: dropout of the weights, which are then kept.
        kept: whether the weights are kept for a gradient, which then need not compute
            them again: some 10 % faster, in far more memory.

    Returns:
        (batch, frames of queries, heads, size)
    """

    def attend(mask, *tensors):
        query, key, value = heads(*tensors)
        return _attend(query, key, value, mask, drop)

    if drop is None and _backend.has_attention():
        query, key, value = heads(*tensors)
        if value.shape[-1] != query.shape[-1]:  # which JAX's does not know
            return _attend(query, key, value, mask, drop)
        whole = None if mask is None else mask[:, None, None]
        return ops.dot_product_attention(*map(_turned, (query, key, value)), mask=whole)
    if kept or drop is not None:
        return attend(mask, *tensors)
    size = SCORES // scores
    if mask is None:
        return _backend.in_blocks(lambda *x: attend(None, *x), size, *tensors)
    return _backend.in_blocks(attend, size, mask, *tensors)


def _attend(query, key, value, mask, drop):
    query = query * (1 / math.sqrt(query.shape[-1]))
    scores = in_float32(ops.matmul(query, ops.transpose(key, (0, 1, 3, 2))))
    if mask is not None:
        scores = ops.where(mask[:, None, None], scores, -1e4)
    weights = ops.cast(softmax(scores), value.dtype)
    weights = weights if drop is None else drop(weights)
    return _turned(ops.matmul(weights, value))


def _turned(x):
    """(batch, frames, heads, size), or from this back."""
    return ops.transpose(x, (0, 2, 1, 3))
