"""Attractors: one point in the embedding space for each source, and the masks they make."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_sep._weighted_means import flat_bins, weighted_means
from keras_sep.ops.precision import in_float32


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
