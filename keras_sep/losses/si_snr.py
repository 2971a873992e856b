"""Scale-invariant signal-to-noise ratio."""

from typing import Any

import keras

from keras_sep import ops
from keras_sep.losses._base import SeparationLoss, mean_per_example


@keras.saving.register_keras_serializable(package="keras_sep")
class SISNR(SeparationLoss):
    """Negative scale-invariant signal-to-noise ratio in decibels, means removed.

    The ratio is maximised, so its loss is negative. It is averaged over channels and sources. This
    is the TasNet paper's form; not `SISDR`, the formula of many tutorials, which keeps the signals'
    means. Not permutation invariant. Bounded by 80 dB in either direction, see
    `ops.scale_invariant_ratio_db`.

    Args:
        reduction: reduction of the examples' values, as in Keras.
        name: name of the loss.
        dtype: dtype of the computation.

    Input shape:
        Two of (batch, samples, channels, sources), or of (batch, samples, ...).

    Output shape:
        A scalar; (batch,) with `reduction=None`. Lower is better.

    Example:

    >>> target = np.array([[2.0, 0.0, 1.0, 1.0]])
    >>> estimate = np.array([[5.0, 3.0, 4.1, 3.9]])  # the same, moved by 3, and noise
    >>> round(float(keras_sep.losses.SISNR()(target, estimate)), 2)
    -20.0

    Reference: Luo and Mesgarani, "TasNet: time-domain audio separation network for real-time,
    single-channel speech separation", 2018, section 2.3.
    """

    least_axes = 2

    def call(self, y_true: Any, y_pred: Any, mask: Any = None) -> Any:
        return -mean_per_example(
            ops.scale_invariant_ratio_db(y_true, y_pred, zero_mean=True, mask=mask)
        )
