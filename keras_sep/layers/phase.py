"""Complex spectrogram to phase."""

from typing import Any

import keras

from keras_sep import ops
from keras_sep.layers._spectral import SpectralLayer


@keras.saving.register_keras_serializable(package="keras_sep")
class Phase(SpectralLayer):
    """Phase of a pair (real, imag) in radians, from -pi to pi; 0 on silence.

    Input shape:
        A pair of tensors of one shape.

    Output shape:
        That shape.

    Example:

    >>> round(float(keras_sep.layers.Phase()((np.float32(0), np.float32(2)))), 4)
    1.5708
    """

    axes = ("(...)",)

    def call(self, pair: Any) -> Any:
        return self._leave(ops.phase(self._enter(pair)))

    def compute_output_shape(self, pair_shape: Any) -> Any:
        return tuple(pair_shape[0])
