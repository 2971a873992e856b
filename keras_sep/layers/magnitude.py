"""Complex spectrogram to magnitude."""

from typing import Any

import keras

from keras_sep import ops
from keras_sep.layers._spectral import SpectralLayer


@keras.saving.register_keras_serializable(package="keras_sep")
class Magnitude(SpectralLayer):
    """Magnitude of a pair (real, imag), with a finite gradient on silence.

    Input shape:
        A pair of tensors of one shape.

    Output shape:
        That shape.

    Example:

    >>> float(keras_sep.layers.Magnitude()((np.float32(3), np.float32(4))))
    5.0
    """

    axes = ("(...)",)

    def call(self, pair: Any) -> Any:
        return self._leave(ops.magnitude(self._enter(pair)))

    def compute_output_shape(self, pair_shape: Any) -> Any:
        return tuple(pair_shape[0])
