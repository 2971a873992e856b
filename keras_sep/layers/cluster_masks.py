"""Embeddings to separated spectrograms, by k-means."""

from typing import Any

import keras
from keras import ops

from keras_sep._smallest import smallest
from keras_sep._validate import require_numbers_from_zero
from keras_sep.layers._clustering import ClusteringLayer
from keras_sep.ops import KMEANS_ITERATIONS, SILENCE_DB


@keras.saving.register_keras_serializable(package="keras_sep")
class ClusterMasks(ClusteringLayer):
    """Give each cluster of embeddings its bins of the mixture.

    The post-filter of a network trained with `DeepClusteringLoss` or `WhitenedKMeansLoss`. Silent
    bins do not affect the clusters, but each is assigned to one. The sources come in any order. Not
    `AttractorMasks`, whose masks are inner products with the clusters' centres.

    Args:
        sources: number of clusters, one per source.
        softness: 0 for binary masks; otherwise bins are shared by the softmax of `-distance^2 /
            softness`, where distance^2 is from 0 to 4 for embeddings of length 1.
        silence_db: level of silence in decibels below the example's loudest bin.
        iterations: number of iterations of k-means, at most 300.

    Call arguments:
        embeddings: (batch, frames, bins, dims).
        mixture_pair: (real, imag) of the mixture, each (batch, frames, bins, channels).

    Output shape:
        A pair, each (batch, frames, bins, channels, sources). The sources sum to the mixture.

    Example:

    >>> embeddings = np.array([[1.0, 0.0], [0.0, 1.0], [0.9, 0.1]]).reshape(1, 1, 3, 2)
    >>> mixture = np.array([5.0, 3.0, 4.0]).reshape(1, 1, 3, 1), np.zeros((1, 1, 3, 1))
    >>> real, imag = keras_sep.layers.ClusterMasks(sources=2)(embeddings, mixture)
    >>> sorted(keras.ops.convert_to_numpy(real)[0, 0, :, 0].T.tolist())
    [[0.0, 3.0, 0.0], [5.0, 0.0, 4.0]]

    Reference: Hershey et al., "Deep clustering: discriminative embeddings for segmentation and
    separation", 2016, section 2; Isik et al., "Single-channel multi-speaker separation using deep
    clustering", 2016, for soft masks.
    """

    def __init__(
        self,
        sources: int,
        softness: float = 0.0,
        silence_db: float = SILENCE_DB,
        iterations: int = KMEANS_ITERATIONS,
        **kwargs: Any,
    ):
        super().__init__(sources, silence_db, iterations, **kwargs)
        require_numbers_from_zero(softness=softness)
        self.softness = softness

    def _masks(self, embeddings, centroids, distances):
        if self.softness:
            masks = ops.softmax(-distances / self.softness, axis=-1)
        else:
            masks = ops.one_hot(
                smallest(distances, axis=-1), self.sources, dtype=self._working_dtype
            )
        return ops.reshape(masks, (*ops.shape(embeddings)[:3], 1, self.sources))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "softness": self.softness}
