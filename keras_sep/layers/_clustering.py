"""What the post-filters that cluster embeddings share."""

from typing import Any

from keras_sep import ops
from keras_sep._validate import require_iterations, require_positive_integers
from keras_sep._weighted_means import flat_bins
from keras_sep.layers.post_filter import PostFilter
from keras_sep.ops import KMEANS_ITERATIONS, SILENCE_DB, check_silence


class ClusteringLayer(PostFilter):
    """Finds one cluster per source among the embeddings and masks the mixture.

    Subclasses write `_masks(embeddings, centroids, distances)`, which returns
    (batch, frames, bins, 1, sources). Nothing is random: see `keras_sep.ops.kmeans`.
    """

    axes = ("(batch, frames, bins, dims)", "(batch, frames, bins, channels)")
    at_least_one = ("frames",)
    reads = "embeddings"
    sources: int

    def __init__(
        self,
        sources: int,
        silence_db: float = SILENCE_DB,
        iterations: int = KMEANS_ITERATIONS,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        require_positive_integers(sources=sources)
        require_iterations(iterations)
        check_silence(silence_db)
        self.sources = sources
        self.silence_db = silence_db
        self.iterations = iterations
        self.supports_masking = True

    def call(self, embeddings: Any, mixture_pair: Any, embeddings_mask: Any = None) -> Any:
        embeddings, mixture_pair = self._enter((embeddings, mixture_pair))
        level = ops.joint_magnitude(mixture_pair)  # (batch, frames, bins)
        active = ops.active_bins(level, self.silence_db, embeddings_mask)
        centroids, distances = ops.kmeans(
            flat_bins(embeddings),
            self.sources,
            flat_bins(active[..., None])[..., 0],
            self.iterations,
        )
        masks = self._masks(embeddings, centroids, distances)
        return self._leave(tuple(part[..., None] * masks for part in mixture_pair))

    def compute_output_shape(self, embeddings_shape: Any, mixture_pair_shape: Any) -> Any:
        shape = (*mixture_pair_shape[0], self.sources)
        return shape, shape

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "sources": self.sources,
            "silence_db": self.silence_db,
            "iterations": self.iterations,
        }
