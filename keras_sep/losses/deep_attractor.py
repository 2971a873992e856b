"""The loss of the deep attractor network."""

from collections.abc import Callable
from typing import Any

import keras

from keras_sep import ops
from keras_sep.losses._base import SeparationLoss, mean_per_example
from keras_sep.ops import SILENCE_DB, check_silence, dominant_source


@keras.saving.register_keras_serializable(package="keras_sep")
class DeepAttractorLoss(SeparationLoss):
    """Mean squared error of the magnitudes that are masked by the embeddings' own attractors.

    |S - X M|^2, with the mask M an activation of the inner products of the embeddings with the
    attractors, which are the means of the embeddings of the bins that each source dominates.
    The stems determine the attractors, so no order of the sources has to be found. At inference
    k-means finds them: see `keras_sep.layers.AttractorMasks`.

    Args:
        activation: activation of the inner products: "softmax" over the sources, "sigmoid" (the
            paper's) for each source, or any other that `keras.activations.get` knows.
        silence_db: level of silence in decibels below the example's loudest bin. Silent bins do not
            affect the attractors; the error counts everywhere.
        reduction: reduction of the examples' values, as in Keras.
        name: name of the loss.
        dtype: dtype of the computation.

    Input shape:
        `y_true` (batch, frames, bins, sources + 1), magnitudes of the sources and of the mixture,
        as `keras_sep.ops.deep_attractor_target` makes it; `y_pred` (batch, frames, bins, dims),
        embeddings.

    Output shape:
        A scalar; (batch,) with `reduction=None`. From 0.

    Example:

    >>> stems = np.array([[4.0, 0.0], [0.0, 2.0]]).reshape(1, 1, 2, 2)
    >>> target = np.concatenate([stems, stems.sum(-1, keepdims=True)], axis=-1)
    >>> loss = keras_sep.losses.DeepAttractorLoss()
    >>> apart, together = 9 * np.eye(2).reshape(1, 1, 2, 2), np.ones((1, 1, 2, 2))
    >>> round(float(loss(target, apart)), 4), round(float(loss(target, together)), 4)
    (0.0, 2.5)

    Reference: Chen, Luo and Mesgarani, "Deep attractor network for single-microphone speaker
    separation", 2017, equations 1 to 3; here a mean where the paper has a sum.
    """

    compares = "embeddings"
    targets = ("deep_attractor_target",)
    common_axes = slice(0, -1)  # then come sources, and dims of the embeddings
    least_axes = 4

    def __init__(
        self,
        activation: str | Callable[[Any], Any] | None = "softmax",
        silence_db: float = SILENCE_DB,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(reduction=reduction, name=name, dtype=dtype)
        self.activation = keras.activations.get(activation)
        check_silence(silence_db)
        self.silence_db = silence_db

    def call(self, y_true: Any, y_pred: Any, mask: Any = None) -> Any:
        stems, mixture = y_true[..., :-1], y_true[..., -1]
        active = ops.active_bins(mixture, self.silence_db, mask)
        points = ops.attractors(y_pred, dominant_source(stems) * active[..., None])
        masks = ops.attractor_masks(y_pred, points, self.activation)[:, :, :, 0]
        return mean_per_example(keras.ops.square(stems - mixture[..., None] * masks), mask)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "activation": keras.activations.serialize(self.activation),
            "silence_db": self.silence_db,
        }
