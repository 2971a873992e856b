"""Attractors: one point in the embedding space for each source, and the masks they make."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_sep._floors import WEIGHT_FLOOR
from keras_sep.ops.active_bins import joint_magnitude
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


def attractors(embeddings: Any, assignments: Any) -> Any:
    """Mean embedding of each source's bins.

    Args:
        embeddings: (batch, frames, bins, dims).
        assignments: (batch, frames, bins, sources), non-negative weights such as those of
            `clustering_target`; rows of zeros are ignored.

    Returns:
        (batch, sources, dims), float32 at least. Zero for a source without any bin.

    Example:

    >>> embeddings = np.array([[1.0, 0.0], [3.0, 0.0], [0.0, 5.0]]).reshape(1, 1, 3, 2)
    >>> assignments = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]).reshape(1, 1, 3, 2)
    >>> points = keras_sep.ops.attractors(embeddings, assignments)
    >>> keras.ops.convert_to_numpy(points).tolist()
    [[[2.0, 0.0], [0.0, 5.0]]]

    Reference: Chen, Luo and Mesgarani, "Deep attractor network for single-microphone speaker
    separation", 2017, equation 2.
    """
    return weighted_means(flat_bins(embeddings), flat_bins(assignments))


def attractor_masks(
    embeddings: Any, attractors: Any, activation: str | Callable[[Any], Any] | None = "softmax"
) -> Any:
    """Masks from the inner products of embeddings and attractors.

    Args:
        embeddings: (batch, frames, bins, dims).
        attractors: (batch, sources, dims).
        activation: activation of the inner products: "softmax" over the sources, "sigmoid" for each
            source, or any other that `keras.activations.get` knows.

    Returns:
        (batch, frames, bins, 1, sources), float32 at least: one mask for all channels.

    Example:

    >>> embeddings = np.array([[9.0, 0.0], [5.0, 5.0]]).reshape(1, 1, 2, 2)
    >>> masks = keras_sep.ops.attractor_masks(embeddings, np.eye(2)[None])
    >>> np.round(keras.ops.convert_to_numpy(masks)[0, 0, :, 0], 3).tolist()
    [[1.0, 0.0], [0.5, 0.5]]

    Reference: Chen, Luo and Mesgarani, "Deep attractor network for single-microphone speaker
    separation", 2017, equation 3.
    """
    inner = ops.einsum("btfd,bsd->btfs", in_float32(embeddings), in_float32(attractors))
    return ops.expand_dims(keras.activations.get(activation)(inner), 3)


def deep_attractor_target(stems_pair: Any, mixture_pair: Any) -> Any:
    """Target of `DeepAttractorLoss`: the stems' magnitudes and, last, the mixture's.

    Channels are merged by the sum of their powers.

    Args:
        stems_pair: (real, imag), each (batch, frames, bins, channels, sources).
        mixture_pair: (real, imag), each (batch, frames, bins, channels).

    Returns:
        (batch, frames, bins, sources + 1), float32 at least.

    Example:

    >>> stems = np.array([3.0, 1.0]).reshape(1, 1, 1, 1, 2)
    >>> mixture = stems.sum(-1)
    >>> target = keras_sep.ops.deep_attractor_target((stems, 0 * stems), (mixture, 0 * mixture))
    >>> keras.ops.convert_to_numpy(target).ravel().tolist()
    [3.0, 1.0, 4.0]
    """
    mixture = ops.expand_dims(joint_magnitude(mixture_pair), -1)
    return ops.concatenate([joint_magnitude(stems_pair), mixture], axis=-1)


def flat_bins(x: Any) -> Any:
    """(batch, frames, bins, last) to (batch, frames * bins, last), float32 at least."""
    x = in_float32(x)
    return ops.reshape(x, (ops.shape(x)[0], -1, x.shape[-1]))
