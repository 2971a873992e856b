"""Scale-invariant signal-to-distortion ratio."""

from typing import Any

import keras

from keras_sep import ops
from keras_sep.losses._base import SeparationLoss, mean_per_example


@keras.saving.register_keras_serializable(package="keras_sep")
class SISDR(SeparationLoss):
    """Negative scale-invariant signal-to-distortion ratio in decibels, means kept.

    The ratio is maximised, so its loss is negative. It is averaged over channels and sources. This
    is the formula of many tutorials, also under the name of SI-SNR; not `SISNR`, which removes the
    signals' means as the TasNet paper does; on audio without an offset they agree. Not permutation
    invariant. Bounded by 80 dB in either direction, see `ops.scale_invariant_ratio_db`.

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
    >>> round(float(keras_sep.losses.SISDR()(target, estimate)), 2)
    -6.52

    Reference: Le Roux et al., "SDR - half-baked or well done?", 2019, equation 5.
    """

    least_axes = 2

    def call(self, y_true: Any, y_pred: Any, mask: Any = None) -> Any:
        return -mean_per_example(
            ops.scale_invariant_ratio_db(y_true, y_pred, zero_mean=False, mask=mask)
        )
