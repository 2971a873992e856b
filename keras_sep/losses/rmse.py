"""Root mean square error."""

from typing import Any

import keras
from keras import ops

from keras_sep.losses._base import SeparationLoss, mean_per_source, root


@keras.saving.register_keras_serializable(package="keras_sep")
class RMSE(SeparationLoss):
    """Root mean square error per source, averaged over sources.

    Of all samples and channels of a source. The root gives errors of soft and loud sources more
    equal weight than a mean square does. SCNet's loss of spectra, inside `ComplexSTFTLoss`.

    Args:
        reduction: reduction of the examples' values, as in Keras.
        name: name of the loss.
        dtype: dtype of the computation.

    Input shape:
        Two of (batch, samples, channels, sources), or of (batch, samples, ...).

    Output shape:
        A scalar; (batch,) with `reduction=None`.

    Example:

    >>> y_true = np.zeros((1, 7, 1, 2))
    >>> y_pred = np.ones((1, 7, 1, 2)) * [1.0, 3.0]
    >>> float(keras_sep.losses.RMSE()(y_true, y_pred))
    2.0

    Reference: Tong et al., "SCNet: sparse compression network for music source separation", 2024,
    section 2.4.
    """

    least_axes = 2

    def call(self, y_true: Any, y_pred: Any, mask: Any = None) -> Any:
        return ops.mean(root(mean_per_source(ops.square(y_pred - y_true), mask)), axis=1)
