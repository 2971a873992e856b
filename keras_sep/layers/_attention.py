"""Attention of several heads, without all scores in memory at once."""

import math
from collections.abc import Callable
from typing import Any

from keras import ops

from keras_sep.layers import _backend
from keras_sep.layers._softmax import softmax
from keras_sep.ops import in_float32

SCORES = 2**22  # in a block: 16 MB, which stay in a CPU's cache


def attention(
    query: Any,
    key: Any,
    value: Any,
    mask: Any = None,
    rotate: Callable[[Any], Any] = lambda x: x,
    drop: Callable[[Any], Any] | None = None,
) -> Any:
    """Means of the values, weighted by the softmax of the scaled products of queries and keys.

    It is `keras.ops.dot_product_attention`, with flash attention, where the backend has one that
    holds few scores.

    Args:
        query: (batch, frames, heads, size)
        key: (batch, others, heads, size)
        value: (batch, others, heads, size)
        mask: (batch, others), True for those attended to.
        rotate: positions of queries and keys, of the same shape.
        drop: dropout of the weights, which are then written out.

    Returns:
        The shape of the queries.
    """
    if drop is not None:
        return _attend(rotate(query), rotate(key), value, mask, drop)
    if _backend.has_attention():
        whole = None if mask is None else mask[:, None, None]
        return ops.dot_product_attention(rotate(query), rotate(key), value, mask=whole)
    scores = query.shape[2] * ops.shape(query)[1] * ops.shape(key)[1]
    return _backend.in_blocks(
        lambda query, key, *others: _attend(rotate(query), rotate(key), *others),
        SCORES // scores,
        query,
        key,
        value,
        *(() if mask is None else (mask,)),
    )


def _attend(query, key, value, mask=None, drop=lambda x: x):
    query, key, value = (ops.transpose(x, (0, 2, 1, 3)) for x in (query, key, value))
    scores = ops.matmul(query * (1 / math.sqrt(query.shape[-1])), ops.transpose(key, (0, 1, 3, 2)))
    if mask is not None:
        scores = ops.where(mask[:, None, None], scores, -1e4)  # within the reach of float16
    weights = ops.cast(softmax(in_float32(scores)), value.dtype)
    return ops.transpose(ops.matmul(drop(weights), value), (0, 2, 1, 3))
