"""Attractors from learned anchors: neither stems nor k-means needed."""

from itertools import combinations
from typing import Any

from keras import ops

from keras_sep._smallest import smallest
from keras_sep._weighted_means import divisor, flat_bins
from keras_sep.ops.precision import in_float32


def anchored_attractors(embeddings: Any, anchors: Any, sources: int, weights: Any = None) -> Any:
    """Attractors of the combination of anchors that separates the sources best.

    For every combination of `sources` anchors, the softmax of the inner products of embeddings and
    anchors assigns the bins; the means of the embeddings, weighted by it, are the attractors. Each
    example takes the combination whose two most similar attractors are the least similar.
    Similarity is the inner product.

    The choice has no gradient; the attractors of the chosen combination have one, to embeddings and
    anchors. It uses memory for a few arrays of frames * bins * sources numbers, as the combinations
    are tried one after the other.

    Args:
        embeddings: (batch, frames, bins, dims).
        anchors: (anchors, dims).
        sources: number of attractors, from 2 to the number of anchors.
        weights: (batch, frames, bins), non-negative; bins of weight 0 (silence) are ignored. None
            for 1.

    Returns:
        (batch, sources, dims), float32 at least, in the order of the anchors. Zero where all
        weights are.

    Example:

    >>> embeddings = np.array([[9.0, 0.0], [0.0, 9.0], [7.0, 0.0]]).reshape(1, 1, 3, 2)
    >>> anchors = np.array([[3.0, 0.0], [2.9, 0.1], [0.0, 3.0]])
    >>> points = keras_sep.ops.anchored_attractors(embeddings, anchors, sources=2)
    >>> np.round(keras.ops.convert_to_numpy(points), 3).tolist()
    [[[8.0, 0.0], [0.0, 9.0]]]

    Reference: Luo, Chen and Mesgarani, "Speaker-independent speech separation with deep attractor
    network", 2018, the section on anchored attractors.
    """
    points, anchors = flat_bins(embeddings), in_float32(anchors)
    if not 2 <= sources <= anchors.shape[0]:
        raise ValueError(
            "`sources` must be from 2 to the number of anchors. "
            f"Received: sources={sources}, anchors of shape {tuple(anchors.shape)}"
        )
    if weights is not None:
        weights = flat_bins(ops.expand_dims(weights, -1))[..., 0]
    choices = list(combinations(range(anchors.shape[0]), sources))
    fixed = ops.stop_gradient(points)
    inner = ops.einsum("ad,bnd->ban", ops.stop_gradient(anchors), fixed)
    likeness = [
        _largest_similarity(_means_of_shares(fixed, ops.take(inner, choice, axis=1), weights))
        for choice in choices
    ]
    best = smallest(ops.stack(likeness, axis=-1), axis=-1)  # (batch,)
    chosen = ops.take(ops.convert_to_tensor(choices), best, axis=0)  # (batch, sources)
    inner = ops.einsum("bsd,bnd->bsn", ops.take(anchors, chosen, axis=0), points)
    return _means_of_shares(points, inner, weights)


def _means_of_shares(points, inner, weights):
    """Means (batch, sources, dims) of points (batch, n, dims), shared by a softmax over sources.

    `inner` is (batch, sources, n). `ops.softmax` would run along the last axis, and turn it there.
    """
    shares = ops.exp(inner - ops.stop_gradient(ops.max(inner, axis=1, keepdims=True)))
    scale = 1 / ops.sum(shares, axis=1, keepdims=True)
    shares = shares * (scale if weights is None else scale * weights[:, None])
    total = ops.sum(shares, axis=-1, keepdims=True)  # (batch, sources, 1)
    return ops.einsum("bsn,bnd->bsd", shares, points) / divisor(total)


def _largest_similarity(attractors):
    """The largest inner product of two of the attractors (batch, sources, dims): (batch,)."""
    products = ops.einsum("bsd,brd->bsr", attractors, attractors)
    pairs = combinations(range(attractors.shape[1]), 2)
    return ops.max(ops.stack([products[:, i, j] for i, j in pairs], axis=-1), axis=-1)
