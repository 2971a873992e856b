"""Embeddings to separated spectrograms, by attractors."""

from collections.abc import Callable
from typing import Any

import keras

from keras_sep import ops
from keras_sep.layers._clustering import ClusteringLayer
from keras_sep.ops import KMEANS_ITERATIONS, SILENCE_DB


@keras.saving.register_keras_serializable(package="keras_sep")
class AttractorMasks(ClusteringLayer):
    """Mask the mixture by the inner products of embeddings and attractors, found by k-means.

    The post-filter of a network trained with `DeepAttractorLoss`, with the same activation: k-means
    finds the attractors, which the loss computes from the stems. Silent bins do not affect the
    attractors. The sources come in any order. Not `ClusterMasks`, whose masks depend on distances.

    Args:
        sources: number of attractors, one per source.
        activation: activation of the inner products: "softmax" over the sources, "sigmoid" for each
            source, or any other that `keras.activations.get` knows.
        silence_db: level of silence in decibels below the example's loudest bin.
        iterations: number of iterations of k-means, at most 300.

    Call arguments:
        embeddings: (batch, frames, bins, dims).
        mixture_pair: (real, imag) of the mixture, each (batch, frames, bins, channels).

    Output shape:
        A pair, each (batch, frames, bins, channels, sources).

    Example:

    >>> embeddings = np.array([[3.0, 0.0], [0.0, 3.0], [3.0, 0.0]]).reshape(1, 1, 3, 2)
    >>> mixture = np.array([5.0, 3.0, 4.0]).reshape(1, 1, 3, 1), np.zeros((1, 1, 3, 1))
    >>> real, imag = keras_sep.layers.AttractorMasks(sources=2)(embeddings, mixture)
    >>> sorted(np.round(keras.ops.convert_to_numpy(real)[0, 0, :, 0].T, 2).tolist())
    [[0.0, 3.0, 0.0], [5.0, 0.0, 4.0]]

    Reference: Chen, Luo and Mesgarani, "Deep attractor network for single-microphone speaker
    separation", 2017, equation 3.
    """

    def __init__(
        self,
        sources: int,
        activation: str | Callable[[Any], Any] | None = "softmax",
        silence_db: float = SILENCE_DB,
        iterations: int = KMEANS_ITERATIONS,
        **kwargs: Any,
    ):
        super().__init__(sources, silence_db, iterations, **kwargs)
        self.activation = keras.activations.get(activation)

    def _masks(self, embeddings, centroids, distances):
        del distances
        return ops.attractor_masks(embeddings, centroids, self.activation)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "activation": keras.activations.serialize(self.activation),
        }
