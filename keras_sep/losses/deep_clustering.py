"""Deep clustering."""

from typing import Any

import keras
from keras import ops

from keras_sep._weighted_means import column_sums, weighted_means
from keras_sep.losses._base import SeparationLoss
from keras_sep.losses._clustering import flat_rows


@keras.saving.register_keras_serializable(package="keras_sep")
class DeepClusteringLoss(SeparationLoss):
    """Squared distance of the embeddings' affinities from those of the one-hot sources.

    |W^(1/2) (VV' - YY') W^(1/2)|^2, summed over all pairs of bins, with V the embeddings, Y the
    one-hot rows and W the bins' weights. The affinities, bins by bins, are never computed (those of
    400 frames of 513 bins would take 168 GB): memory grows with frames * bins * dims. The loss does
    not depend on the order of the sources.

    The paper subtracts large sums, |V'WV|^2 - 2 |V'WY|^2 + |Y'WY|^2; this adds non-negative terms,
    so that a small loss stays accurate in float32. With M the mean embeddings of the sources, C
    their sums of weights and E = V - YM the remainder, it is
    |C^(1/2) (MM' - I) C^(1/2)|^2 + 2 tr(C M E'WE M') + |E'WE|^2, as Y'WE = 0.

    Args:
        normalize: whether to divide by the square of the sum of the weights (the number of active
            bins if all weights are 1): the mean over pairs instead of the paper's sum.
        reduction: reduction of the examples' values, as in Keras.
        name: name of the loss.
        dtype: dtype of the computation.

    Input shape:
        `y_true` (batch, frames, bins, sources) as `keras_sep.ops.clustering_target` makes it,
        one-hot rows times their weights; `y_pred` (batch, frames, bins, dims), embeddings,
        in the paper of length 1.

    Output shape:
        A scalar; (batch,) with `reduction=None`. From 0, for embeddings that are equal within a
        source and orthonormal between sources. 0 for a silent example.

    Example:

    >>> target = np.eye(2)[[0, 0, 1]].reshape(1, 1, 3, 2)
    >>> one_for_all = np.array([1.0, 0.0] * 3).reshape(1, 1, 3, 2)
    >>> loss = keras_sep.losses.DeepClusteringLoss(normalize=False)
    >>> round(float(loss(target, target)), 4), round(float(loss(target, one_for_all)), 4)
    (0.0, 4.0)

    Reference: Hershey et al., "Deep clustering: discriminative embeddings for segmentation and
    separation", 2016, equations 1 to 3; Wang, Le Roux and Hershey, "Alternative objective functions
    for deep clustering", 2018, for the weights.
    """

    compares = "embeddings"
    targets = ("clustering_target",)
    common_axes = slice(0, -1)  # then come sources, and dims of the embeddings
    least_axes = 3

    def __init__(
        self,
        normalize: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(reduction=reduction, name=name, dtype=dtype)
        self.normalize = normalize

    def call(self, y_true: Any, y_pred: Any, mask: Any = None) -> Any:
        targets, embeddings, total = flat_rows(y_true, y_pred, mask)
        sizes = column_sums(targets) / total[:, 0]  # (batch, sources)
        means = weighted_means(embeddings, targets)  # (batch, sources, dims)
        one_hot = ops.cast(targets > 0, targets.dtype)
        rest = embeddings - ops.matmul(one_hot, means)  # (batch, n, dims)
        weighted = ops.sum(targets, axis=-1, keepdims=True) * rest
        # divided before it is squared: sums of weights squared need not fit into float32
        scatter = ops.einsum("bnd,bne->bde", weighted, rest) / total
        identity = ops.eye(targets.shape[-1], dtype=targets.dtype)
        excess = ops.einsum("bsd,brd->bsr", means, means) - identity
        pairs = sizes[:, :, None] * sizes[:, None, :]
        across = ops.einsum("bsd,bde,bse->bs", means, scatter, means)
        loss = (
            ops.sum(pairs * ops.square(excess), axis=(1, 2))
            + 2 * ops.sum(sizes * across, axis=1)
            + ops.sum(ops.square(scatter), axis=(1, 2))
        )
        return loss if self.normalize else loss * ops.square(total[:, 0, 0])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "normalize": self.normalize}
