"""Whitened k-means."""

from typing import Any

import keras
from keras import ops

from keras_sep._floors import WEIGHT_FLOOR
from keras_sep._weighted_means import column_sums, divisor
from keras_sep.losses._base import SeparationLoss
from keras_sep.losses._clustering import flat_rows

RIDGE = 1e-5  # of the embeddings' power: ten times what float32 may get wrong in it


@keras.saving.register_keras_serializable(package="keras_sep")
class WhitenedKMeansLoss(SeparationLoss):
    """Part of the whitened embeddings that k-means leaves unexplained.

    D - tr((V'WV)^-1 V'WY (Y'WY)^-1 Y'WV), with V the embeddings in D dimensions, Y the one-hot
    sources and W the bins' weights. Unlike `DeepClusteringLoss`, it does not change when the
    embeddings are multiplied by an invertible matrix, nor with the order of the sources.

    V'WV, which is singular if the embeddings do not span all dimensions, gets a ridge of 1e-5 of
    its trace. That raises the loss by at most 1e-5 tr(V'WV) tr((V'WV)^-1), 0.004 for 20 dimensions
    of equal variance, and bounds the gradient.

    Args:
        reduction: reduction of the examples' values, as in Keras.
        name: name of the loss.
        dtype: dtype of the computation.

    Input shape:
        `y_true` (batch, frames, bins, sources) as `keras_sep.ops.clustering_target` makes it,
        one-hot rows times their weights; `y_pred` (batch, frames, bins, dims), embeddings.

    Output shape:
        A scalar; (batch,) with `reduction=None`. From dims - sources, for embeddings that are
        equal within a source, to dims, also the value of a silent example.

    Example:

    >>> target = np.eye(2)[[0, 0, 1, 1]].reshape(1, 1, 4, 2)
    >>> other = np.array([[1.0, 1.0], [1.0, -1.0]] * 2).reshape(1, 1, 4, 2)
    >>> loss = keras_sep.losses.WhitenedKMeansLoss()
    >>> round(float(loss(target, target)), 3), round(float(loss(target, other)), 3)
    (0.0, 1.0)

    Reference: Wang, Le Roux and Hershey, "Alternative objective functions for deep clustering",
    2018, equation 6.
    """

    compares = "embeddings"
    targets = ("clustering_target",)
    common_axes = slice(0, -1)  # then come sources, and dims of the embeddings
    least_axes = 3

    def call(self, y_true: Any, y_pred: Any, mask: Any = None) -> Any:
        targets, embeddings, total = flat_rows(y_true, y_pred, mask)
        weights = ops.sum(targets, axis=-1, keepdims=True)
        # a product of one matrix with itself stays positive when its operands are rounded
        rooted = ops.sqrt(weights) * embeddings
        power = ops.einsum("bnd,bne->bde", rooted, rooted) / total
        identity = ops.eye(embeddings.shape[-1], dtype=power.dtype)
        ridge = RIDGE * ops.trace(power, axis1=1, axis2=2) + WEIGHT_FLOOR
        sums = ops.einsum("bnd,bns->bds", embeddings, targets) / total
        sizes = divisor(column_sums(targets) / total[:, 0])
        # with LL' = V'WV the trace is the squared length of L^-1 V'WY (Y'WY)^(-1/2)
        root = ops.cholesky(power + ridge[:, None, None] * identity)
        white = ops.solve_triangular(root, sums, lower=True)
        explained = ops.sum(ops.square(white) / sizes[:, None, :], axis=(1, 2))
        return embeddings.shape[-1] - explained
