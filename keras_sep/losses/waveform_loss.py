"""Distance between waveforms."""

from typing import Any

import keras

from keras_sep.losses._base import SeparationLoss, distance, mean_per_example


@keras.saving.register_keras_serializable(package="keras_sep")
class WaveformLoss(SeparationLoss):
    """Mean absolute or mean squared difference of waveforms, sample by sample.

    Args:
        norm: "l1" for the mean absolute difference, "l2" for the mean square.
        reduction: reduction of the examples' values, as in Keras.
        name: name of the loss.
        dtype: dtype of the computation.

    Input shape:
        Two of (batch, samples, channels, sources), or of any other one shape.

    Output shape:
        A scalar; (batch,) with `reduction=None`.

    Example:

    >>> loss = keras_sep.losses.WaveformLoss(norm="l1")
    >>> float(loss(np.zeros((1, 7, 2, 3)), np.full((1, 7, 2, 3), -0.5)))
    0.5
    """

    def __init__(
        self,
        norm: str = "l1",
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(reduction=reduction, name=name, dtype=dtype)
        self.norm = norm
        self._distance = distance(norm)

    def call(self, y_true: Any, y_pred: Any, mask: Any = None) -> Any:
        return mean_per_example(self._distance(y_pred - y_true), mask)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "norm": self.norm}
