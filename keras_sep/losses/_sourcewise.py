"""What the losses share that ask another loss about one source at a time."""

from typing import Any

import keras
from keras import ops

from keras_sep.losses._another_loss import require_loss, values_of
from keras_sep.losses._base import SeparationLoss


class SourcewiseLoss(SeparationLoss):
    """A loss made of another loss's values for single sources, `[..., i : i + 1]`.

    Only the other loss's `call` is used, in this loss's dtype; its own reduction and dtype are
    ignored.

    Args:
        loss: a Keras loss object; see the subclasses.
        reduction: reduction of the examples' values, as in Keras.
        name: name of the loss.
        dtype: dtype of the computation.
    """

    common_axes = slice(0, -1)  # sources are counted by the subclasses
    least_axes = 2
    compares = None  # what the other loss compares

    def __init__(
        self,
        loss: Any,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(reduction=reduction, name=name, dtype=dtype)
        require_loss(loss=loss)
        self.loss = loss
        self.compares = getattr(loss, "compares", None)
        self.targets = getattr(loss, "targets", ())

    def get_config(self) -> dict[str, Any]:
        loss = keras.saving.serialize_keras_object(self.loss)
        return {**super().get_config(), "loss": loss}

    def _mean_value(self, y_true, y_pred, mask):
        """The mean over sources of the loss between target i and estimate i: (batch,)."""
        return ops.mean(self._values(y_true, y_pred, mask), axis=1)

    def _values(self, y_true, y_pred, mask):
        """The loss between target i and estimate i, for every source: (batch, sources).

        The sources stand beside each other in one batch, which is faster than a call for each.
        """
        sources = y_pred.shape[-1]
        target, estimate = (
            ops.reshape(ops.moveaxis(x, -1, 0), (-1, *ops.shape(x)[1:-1], 1))
            for x in (y_true, y_pred)
        )  # (sources * batch, time, ..., 1)
        if mask is not None:
            mask = ops.tile(mask, (sources, 1))
        values = values_of(self.loss, target, estimate, mask)
        return ops.transpose(ops.reshape(values, (sources, -1)))


def as_many_estimates(y_true: Any, y_pred: Any) -> int:
    """The number of sources, or a ValueError unless there are as many estimates as targets."""
    wanted, given = y_true.shape[-1], y_pred.shape[-1]
    if given is None or wanted not in (None, given):
        raise ValueError(
            "`y_true` and `y_pred` must have the same number of sources, their last axis. "
            f"Received: {wanted} and {given}"
        )
    return given
