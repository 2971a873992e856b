"""Another loss, source by source, in the order in which the sources come."""

from typing import Any

import keras

from keras_sep.losses._sourcewise import SourcewiseLoss, as_many_estimates


@keras.saving.register_keras_serializable(package="keras_sep")
class FixedOrderLoss(SourcewiseLoss):
    """The mean over sources of a loss between target i and estimate i.

    For sources in a fixed order (vocals, drums). The losses of this package are that mean already;
    this turns any Keras loss into one, so that a mask of lengths, `sample_weight` of shape (batch,)
    and `reduction` work as they do here. Not `PermutationInvariantLoss`, for sources without a
    fixed order.

    Args:
        loss: a Keras loss object, from here or from Keras. Only its `call` is used, with one source
            at a time; its own reduction and dtype are ignored.
        reduction: reduction of the examples' values, as in Keras.
        name: name of the loss.
        dtype: dtype of the computation, of the wrapped loss's too.

    Input shape:
        Two of (batch, samples, channels, sources), or of any (batch, time, ..., sources).

    Output shape:
        A scalar; (batch,) with `reduction=None`.

    Example:

    >>> loss = keras_sep.losses.FixedOrderLoss(keras.losses.MeanSquaredError(), reduction=None)
    >>> y_true = np.zeros((2, 7, 1, 2))
    >>> y_pred = np.ones((2, 7, 1, 2)) * [1.0, 3.0]
    >>> keras.ops.convert_to_numpy(loss(y_true, y_pred)).tolist()
    [5.0, 5.0]
    """

    def call(self, y_true: Any, y_pred: Any, mask: Any = None) -> Any:
        as_many_estimates(y_true, y_pred)
        return self._mean_value(y_true, y_pred, mask)
