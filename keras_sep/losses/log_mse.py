"""Mean squared error of waveforms in decibels."""

from typing import Any

import keras
from keras import ops

from keras_sep.losses._base import SeparationLoss, decibels, mean_per_example
from keras_sep.ops import masked_mean


@keras.saving.register_keras_serializable(package="keras_sep")
class LogMSE(SeparationLoss):
    """Mean squared error per source in decibels, averaged over sources.

    The logarithm gives errors of soft and loud sources equal weight. Up to the level of the
    targets, on which the network has no influence, it is the negative `SNR`. Not
    `keras.losses.MeanSquaredLogarithmicError`, which takes logarithms of the signals.

    -120 dB is added to the error, so it is finite if target and estimate are equal.

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
    >>> y_pred = np.ones((1, 7, 1, 2)) * [0.1, 0.001]
    >>> round(float(keras_sep.losses.LogMSE()(y_true, y_pred)), 3)
    -40.0

    Reference: Heitkaemper et al., "Demystifying TasNet: a dissecting approach", 2020, equation 11,
    with the mean over samples for their sum, which makes it the same for any length.
    """

    least_axes = 2

    def call(self, y_true: Any, y_pred: Any, mask: Any = None) -> Any:
        error = masked_mean(ops.square(y_pred - y_true), mask)  # (batch, channels, sources)
        return mean_per_example(decibels(error))
