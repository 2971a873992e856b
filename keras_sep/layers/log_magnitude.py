"""Complex spectrogram to the logarithm of its magnitude."""

from typing import Any

import keras
from keras import ops

from keras_sep._floors import POWER_FLOOR
from keras_sep._validate import require_positive_numbers
from keras_sep.layers._spectral import SpectralLayer


@keras.saving.register_keras_serializable(package="keras_sep")
class LogMagnitude(SpectralLayer):
    """Natural logarithm of the magnitude of a pair (real, imag) plus an offset.

    The offset bounds the logarithm, and its gradient, on silence. Not `AmplitudeToDecibel`, which
    cuts decibels off at a floor.

    Args:
        offset: positive number that is added to the magnitude. Default 1e-7.

    Input shape:
        A pair of tensors of one shape.

    Output shape:
        That shape.

    Example:

    >>> pair = np.array([0.0, 3.0], "float32"), np.array([0.0, 4.0], "float32")
    >>> y = keras.ops.convert_to_numpy(keras_sep.layers.LogMagnitude()(pair))
    >>> [round(float(value), 3) for value in y]
    [-16.118, 1.609]
    """

    axes = ("(...)",)

    def __init__(self, offset: float = 1e-7, **kwargs: Any):
        super().__init__(**kwargs)
        require_positive_numbers(offset=offset)
        self.offset = offset

    def call(self, pair: Any) -> Any:
        real, imag = self._enter(pair)
        power = ops.square(real) + ops.square(imag)
        # the slope of `ops.magnitude` near zero, times that of the logarithm, may overflow
        loud = power >= POWER_FLOOR
        magnitude = ops.where(loud, ops.sqrt(ops.where(loud, power, 1.0)), 0.0)
        return self._leave(ops.log(magnitude + self.offset))

    def compute_output_shape(self, pair_shape: Any) -> Any:
        return tuple(pair_shape[0])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "offset": self.offset}
