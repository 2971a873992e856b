"""What the losses that compare embeddings with a clustering target share."""

from typing import Any

from keras import ops

from keras_sep._weighted_means import divisor, flat_bins
from keras_sep.ops import without_padding


def flat_rows(y_true: Any, y_pred: Any, mask: Any = None) -> Any:
    """Rows of target and embeddings, and the sum of all weights, 1 where there are none.

    Returns:
        targets (batch, n, sources), embeddings (batch, n, dims), and the sum (batch, 1, 1).
    """
    y_true, y_pred = (without_padding(x, mask) for x in (y_true, y_pred))
    targets, embeddings = flat_bins(y_true), flat_bins(y_pred)
    return targets, embeddings, divisor(ops.sum(targets, axis=(1, 2), keepdims=True))
