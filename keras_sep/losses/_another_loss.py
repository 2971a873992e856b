"""What losses that are made of other losses need of them."""

from typing import Any

import keras

from keras_sep._takes_mask import takes_mask
from keras_sep.losses._base import mean_per_example


def require_loss(**losses: Any) -> None:
    """Raise a ValueError that names the first argument which is not a Keras loss object."""
    for name, loss in losses.items():
        if not isinstance(loss, keras.losses.Loss):
            raise ValueError(
                f"`{name}` must be a Keras loss object, such as `keras_sep.losses.SISDR()`. "
                f"Received: {name}={loss!r}"
            )


def values_of(loss: keras.losses.Loss, y_true: Any, y_pred: Any, mask: Any = None) -> Any:
    """What another loss's `call`, of this package or of Keras, says of every example: (batch,)."""
    if mask is None:
        return mean_per_example(loss.call(y_true, y_pred))
    if takes_mask(loss):
        return loss.call(y_true, y_pred, mask=mask)
    values = loss.call(y_true, y_pred)
    if len(values.shape) < 2 or values.shape[1] != y_pred.shape[1]:
        raise ValueError(
            "To leave padding out, `loss.call` must take a `mask`, or return values that keep the "
            f"time axis, (batch, time, ...). Received: loss={loss!r}, whose values for "
            f"{tuple(y_pred.shape)} have shape {tuple(values.shape)}"
        )
    return mean_per_example(values, mask)
