"""Signal-to-noise ratio, as it is or with a limit."""

from typing import Any

import keras
from keras import ops

from keras_sep._validate import require_numbers_from_zero, require_positive_numbers
from keras_sep.losses._base import SeparationLoss, audible, decibels, mean_per_example
from keras_sep.ops import masked_mean


@keras.saving.register_keras_serializable(package="keras_sep")
class SNR(SeparationLoss):
    """Negative signal-to-noise ratio in decibels, level and mean of the estimate included.

    The ratio is maximised, so its loss is negative. It is averaged over channels and sources. Not
    `SISDR` or `SISNR`, which ignore the level of the estimate; not permutation invariant.

    With a limit it is the thresholded SDR: the closer a ratio comes to the limit, the less it can
    gain, so that examples which are easy to separate do not dominate.

    A silent target has no ratio: it counts as `silence_db` below the other targets of the batch, so
    that it does not outweigh them, and its estimate still has a gradient. A power of -120 dB is
    added to target and error.

    Args:
        limit_db: ratio of a perfect estimate in decibels; 30 in the paper. None for no limit.
        silence_db: level of silence in decibels below the mean power of the batch's targets, or
            below the power of a target's own estimate where that is louder. A target below it
            counts as that loud. None for the formula alone, in which silence is -120 dB: an
            estimate at -20 dB already has a loss of 100 dB.
        reduction: reduction of the examples' values, as in Keras.
        name: name of the loss.
        dtype: dtype of the computation.

    Input shape:
        Two of (batch, samples, channels, sources), or of (batch, samples, ...).

    Output shape:
        A scalar; (batch,) with `reduction=None`. Lower is better.

    Example:

    >>> target = np.array([[1.0, 1.0, -1.0, -1.0]])
    >>> round(float(keras_sep.losses.SNR()(target, 0.9 * target)), 2)
    -20.0
    >>> round(float(keras_sep.losses.SNR(limit_db=30)(target, target)), 2)
    -30.0

    Reference: Wisdom et al., "Unsupervised sound separation using mixture invariant training",
    2020, equation 2; for silent targets compare Wisdom et al., "What's all the FUSS about free
    universal sound separation data?", 2021, where the limit is relative to the mixture. Here it is
    relative to the batch, as a loss may be given a target without the others.
    """

    least_axes = 2

    def __init__(
        self,
        limit_db: float | None = None,
        silence_db: float | None = 30.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(reduction=reduction, name=name, dtype=dtype)
        require_numbers_from_zero(or_none=True, silence_db=silence_db)
        require_positive_numbers(or_none=True, limit_db=limit_db)
        self.limit_db = limit_db
        self.silence_db = silence_db

    def call(self, y_true: Any, y_pred: Any, mask: Any = None) -> Any:
        power, heard = (masked_mean(ops.square(x), mask) for x in (y_true, y_pred))
        signal = audible(power, heard, self.silence_db)  # (batch, channels, sources)
        noise = masked_mean(ops.square(y_pred - y_true), mask)
        if self.limit_db is not None:
            noise = noise + 10 ** (-self.limit_db / 10) * signal
        return mean_per_example(decibels(noise) - decibels(signal))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "limit_db": self.limit_db, "silence_db": self.silence_db}
