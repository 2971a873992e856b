"""Mean squared error without the largest errors of a batch."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_sep._validate import require_flags, require_rates
from keras_sep.losses._base import SeparationLoss, mean_per_source
from keras_sep.ops import spread_mask


@keras.saving.register_keras_serializable(package="keras_sep")
class TrimmedMSE(SeparationLoss):
    """Mean squared error of waveforms, in which the largest errors of a batch count as zero.

    For stems that partly hold other sources: of each source, the errors that lie below a quantile
    of the batch's count, and the others have no gradient either. So an example's value depends on
    the others of its batch. If no error lies below the quantile, as in a batch of one example, all
    count. MDX23C is trained so, with whole excerpts left out.

    Args:
        quantile: share of the errors that count, at least 0 and below 1; 0.95 leaves out one of up
            to 20 examples.
        whole: whether errors are those of whole examples, each the mean over samples and channels
            of a source; False for those of single samples.
        reduction: reduction of the examples' values, as in Keras.
        name: name of the loss.
        dtype: dtype of the computation.

    Input shape:
        Two of (batch, samples, channels, sources), or of (batch, samples, ...).

    Output shape:
        A scalar; (batch,) with `reduction=None`.

    Example:

    >>> loss = keras_sep.losses.TrimmedMSE(reduction=None)
    >>> y_true = np.zeros((3, 7, 1, 2))
    >>> y_pred = np.ones((3, 7, 1, 2)) * np.array([[[[1.0, 2.0]]], [[[5.0, 1.0]]], [[[3.0, 0.0]]]])
    >>> keras.ops.convert_to_numpy(loss(y_true, y_pred)).tolist()
    [0.5, 0.5, 4.5]

    Reference: Fabbro et al., "The Sound Demixing Challenge 2023 - music demixing track", 2024, on
    training with corrupted stems; the code of kuielab, whose losses it has.
    """

    least_axes = 2

    def __init__(
        self,
        quantile: float = 0.95,
        whole: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(reduction=reduction, name=name, dtype=dtype)
        require_rates(quantile=quantile)
        require_flags(whole=whole)
        self.quantile = quantile
        self.whole = whole

    def call(self, y_true: Any, y_pred: Any, mask: Any = None) -> Any:
        errors = ops.square(y_pred - y_true)
        if self.whole:
            errors, mask = mean_per_source(errors, mask)[:, None], None  # of one time step
        kept = _below(self.quantile, ops.stop_gradient(errors), mask)
        return ops.mean(mean_per_source(ops.where(kept, errors, 0), mask), axis=1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "quantile": self.quantile, "whole": self.whole}


def _below(quantile, errors, mask):
    """Which errors (batch, time, ..., sources) lie below the quantile of all of their source."""
    sources = errors.shape[-1] if len(errors.shape) > 2 else 1
    counted = ops.ones_like(errors) if mask is None else spread_mask(mask, errors)
    counted = ops.reshape(counted * ops.ones_like(errors), (-1, sources)) > 0
    rows = ops.reshape(errors, (-1, sources))
    ranked = ops.sort(ops.where(counted, rows, np.inf), axis=0)  # padding last
    # between two ranks: as `np.quantile`, in a form that also holds for no errors at all
    place = quantile * (ops.sum(ops.cast(counted, rows.dtype), axis=0) - 1)
    rank = ops.cast(ops.arange(ops.shape(rows)[0]), rows.dtype)[:, None]
    share = ops.maximum(1 - ops.abs(rank - place), 0)
    threshold = ops.sum(ops.where(share > 0, ranked, 0) * share, axis=0)
    kept = ops.logical_and(rows < threshold, counted)
    kept = ops.logical_or(kept, ops.logical_not(ops.any(kept, axis=0)))
    return ops.reshape(kept, ops.shape(errors))
