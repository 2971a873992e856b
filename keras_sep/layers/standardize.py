"""Signals of mean zero and standard deviation one."""

from typing import Any

import keras
from keras import ops

from keras_sep._floors import POWER_FLOOR
from keras_sep._validate import require_positive_numbers
from keras_sep.layers._spectral import SpectralLayer

# of the mean's magnitude, where it stays: a constant remains a number that float16 holds, and so do
# sums of a frame of it
LEAST_DEVIATION = 0.01


@keras.saving.register_keras_serializable(package="keras_sep")
class Standardize(SpectralLayer):
    """Subtract each example's mean, divide by its standard deviation, and return both.

    Nothing is learned, and no statistic of a batch or dataset is used. The variance is the unbiased
    one. To restore the mixture's mean and level: `estimates * deviation + mean`.

    Args:
        downmix: whether to use the statistics of the mean of the channels instead of all values.
        epsilon: small number added to the standard deviation, so that silence stays silent.
        center: whether to subtract the mean. Otherwise the standard deviation is a hundredth of the
            mean's magnitude at least, so that a constant stays small. Default True.

    Input shape:
        (batch, time, ..., channels)

    Output shape:
        Three tensors: one of the input's shape, and mean and standard deviation, each
        (batch, 1, ..., 1).

    Example:

    >>> x, mean, deviation = keras_sep.layers.Standardize()(np.array([[[1.0], [2.0], [3.0]]]))
    >>> np.round(x, 3).ravel().tolist(), float(np.squeeze(mean)), float(np.squeeze(deviation))
    ([-1.0, 0.0, 1.0], 2.0, 1.0)

    Reference: Défossez et al., "Music source separation in the waveform domain", 2019.
    """

    def __init__(
        self, downmix: bool = False, epsilon: float = 1e-5, center: bool = True, **kwargs: Any
    ):
        super().__init__(**kwargs)
        require_positive_numbers(epsilon=epsilon)
        self.downmix = downmix
        self.epsilon = epsilon
        self.center = center

    def call(self, inputs: Any) -> Any:
        x = self._enter(inputs)
        seen = ops.mean(x, axis=-1, keepdims=True) if self.downmix else x
        axes = tuple(range(1, len(x.shape)))
        count = 1
        for size in ops.shape(seen)[1:]:
            count = count * size
        count = ops.cast(count, x.dtype)
        # of no samples the mean is 0
        mean = ops.sum(seen, axis=axes, keepdims=True) / ops.maximum(count, 1.0)
        squares = ops.sum(ops.square(seen - mean), axis=axes, keepdims=True)
        variance = squares / ops.maximum(count - 1.0, 1.0)
        # no root ever sees a zero, where its slope is infinite
        deviation = variance / ops.sqrt(ops.maximum(variance, POWER_FLOOR))
        if not self.center:
            deviation = ops.maximum(deviation, LEAST_DEVIATION * ops.abs(mean))
        centred = x - mean if self.center else x
        return self._leave((centred / (deviation + self.epsilon), mean, deviation))

    def compute_output_shape(self, input_shape: Any) -> Any:
        one = (input_shape[0], *[1] * (len(input_shape) - 1))
        return tuple(input_shape), one, one

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "downmix": self.downmix,
            "epsilon": self.epsilon,
            "center": self.center,
        }
