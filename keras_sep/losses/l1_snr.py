"""Signal-to-noise ratio of mean absolute values."""

from typing import Any

import keras
from keras import ops

from keras_sep._validate import require_positive_numbers
from keras_sep.losses._base import SeparationLoss, decibels, mean_per_source


@keras.saving.register_keras_serializable(package="keras_sep")
class L1SNR(SeparationLoss):
    """Negative ratio of mean absolute values in decibels, per source, averaged over sources.

    10 log10 of the mean absolute error over the mean absolute target, of all samples and channels
    of a source; `epsilon` is added to both, so a silent target counts as that loud. The ratio is
    maximised, so its loss is negative. Not permutation invariant. BandIt adds it of waveforms and
    of spectra, see `SumOfLosses`.

    Args:
        epsilon: mean absolute value that is added, in units of the samples; full scale is 1.
        reduction: reduction of the examples' values, as in Keras.
        name: name of the loss.
        dtype: dtype of the computation.

    Input shape:
        Two of (batch, samples, channels, sources), or of (batch, samples, ...).

    Output shape:
        A scalar; (batch,) with `reduction=None`. Lower is better.

    Example:

    >>> target = np.array([[1.0, 1.0, -1.0, -1.0]])
    >>> round(float(keras_sep.losses.L1SNR()(target, 0.9 * target)), 2)
    -9.96

    Reference: Watcharasupat et al., "A generalized bandsplit neural network for cinematic audio
    source separation", 2024, equation 10, with means for its sums, as in the authors' code.
    """

    least_axes = 2

    def __init__(
        self,
        epsilon: float = 1e-3,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(reduction=reduction, name=name, dtype=dtype)
        require_positive_numbers(epsilon=epsilon)
        self.epsilon = epsilon

    def call(self, y_true: Any, y_pred: Any, mask: Any = None) -> Any:
        error, signal = (mean_per_source(ops.abs(x), mask) for x in (y_pred - y_true, y_true))
        return ops.mean(decibels(error, self.epsilon) - decibels(signal, self.epsilon), axis=1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "epsilon": self.epsilon}
