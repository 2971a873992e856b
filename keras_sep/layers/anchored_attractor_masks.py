"""Embeddings to masks, by attractors that learned anchors find."""

from collections.abc import Callable
from typing import Any

import keras

from keras_sep import ops
from keras_sep._validate import require_integers_from
from keras_sep.layers._spectral import SpectralLayer
from keras_sep.ops import SILENCE_DB, check_silence


@keras.saving.register_keras_serializable(package="keras_sep")
class AnchoredAttractorMasks(SpectralLayer):
    """Masks from embeddings and the attractors near learned anchors, in training and inference.

    The anchors are points in the embedding space, trained with the network. They replace the stems
    that `DeepAttractorLoss` uses and the k-means of `AttractorMasks`: every combination of
    `sources` anchors gives a set of attractors, and each example takes the set whose attractors are
    least alike, see `keras_sep.ops.anchored_attractors`. Silent bins do not affect the attractors.
    The masks are not applied: `ApplyMask` does. The sources come in the order of their anchors,
    which is arbitrary: train with `PermutationInvariantLoss`.

    Args:
        sources: number of masks, from 2 to `anchors`.
        anchors: number of anchors. Every combination of `sources` of them is tried.
        activation: activation of the inner products of embeddings and attractors: "softmax" over
            the sources, "sigmoid" for each source, or any other that `keras.activations.get` knows.
        silence_db: level of silence in decibels below the example's loudest bin.

    Call arguments:
        embeddings: (batch, frames, bins, dims).
        mixture: magnitude of the mixture, (batch, frames, bins, channels).

    Output shape:
        (batch, frames, bins, 1, sources): one mask for all channels.

    Example:

    >>> layer = keras_sep.layers.AnchoredAttractorMasks(sources=2)
    >>> embeddings = np.random.default_rng(0).normal(size=(1, 3, 129, 20)).astype("float32")
    >>> masks = layer(embeddings, np.ones((1, 3, 129, 1), "float32"))
    >>> tuple(masks.shape), bool(np.allclose(np.sum(masks, axis=-1), 1))
    ((1, 3, 129, 1, 2), True)

    Reference: Luo, Chen and Mesgarani, "Speaker-independent speech separation with deep attractor
    network", 2018.
    """

    axes = ("(batch, frames, bins, dims)", "(batch, frames, bins, channels)")
    at_least_one = ("batch", "frames")

    def __init__(
        self,
        sources: int,
        anchors: int = 6,
        activation: str | Callable[[Any], Any] | None = "softmax",
        silence_db: float = SILENCE_DB,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        require_integers_from(2, sources=sources, anchors=anchors)
        check_silence(silence_db)
        if sources > anchors:
            raise ValueError(
                "`anchors` must be as many as the sources, or more. "
                f"Received: sources={sources}, anchors={anchors}"
            )
        self.sources = sources
        self.anchors = anchors
        self.activation = keras.activations.get(activation)
        self.silence_db = silence_db
        self.supports_masking = True

    def build(self, embeddings_shape: Any, mixture_shape: Any) -> None:
        del mixture_shape
        self.anchor_weight = self.add_weight(
            shape=(self.anchors, embeddings_shape[-1]),
            # far enough apart to share out the bins from the first step on
            initializer=keras.initializers.RandomNormal(stddev=1.0),
            name="anchors",
        )

    def call(self, embeddings: Any, mixture: Any, embeddings_mask: Any = None) -> Any:
        embeddings, mixture = self._enter((embeddings, mixture))
        level = keras.ops.sqrt(keras.ops.sum(keras.ops.square(mixture), axis=-1))
        active = ops.active_bins(level, self.silence_db, embeddings_mask)
        points = ops.anchored_attractors(embeddings, self.anchor_weight, self.sources, active)
        return self._leave(ops.attractor_masks(embeddings, points, self.activation))

    def compute_output_shape(self, embeddings_shape: Any, mixture_shape: Any) -> Any:
        return (*embeddings_shape[:3], 1, self.sources)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "sources": self.sources,
            "anchors": self.anchors,
            "activation": keras.activations.serialize(self.activation),
            "silence_db": self.silence_db,
        }
