"""Amplitudes in decibels."""

from typing import Any

import keras

from keras_sep import ops
from keras_sep._validate import require_numbers, require_positive_numbers
from keras_sep.layers._spectral import SpectralLayer


@keras.saving.register_keras_serializable(package="keras_sep")
class AmplitudeToDecibel(SpectralLayer):
    """20 log10(amplitude / reference), at least `floor_db`.

    For amplitudes, such as magnitudes; not for powers, whose decibels are 10 log10. Equal to
    `librosa.amplitude_to_db` with `top_db=None`.

    Args:
        floor_db: level of silence in decibels; below it the gradient is 0.
        reference: amplitude of 0 dB.

    Input shape:
        Any, of amplitudes that are not negative.

    Output shape:
        That shape.

    Example:

    >>> decibels = keras_sep.layers.AmplitudeToDecibel()(np.array([0.0, 0.1, 1.0, 10.0]))
    >>> np.round(decibels).tolist()
    [-100.0, -20.0, 0.0, 20.0]
    """

    def __init__(self, floor_db: float = -100.0, reference: float = 1.0, **kwargs: Any):
        super().__init__(**kwargs)
        require_numbers(floor_db=floor_db)
        require_positive_numbers(reference=reference)
        self.floor_db = floor_db
        self.reference = reference
        self.supports_masking = True

    def call(self, amplitude: Any) -> Any:
        amplitude = self._enter(amplitude)
        return self._leave(ops.amplitude_to_decibel(amplitude, self.floor_db, self.reference))

    def compute_output_shape(self, amplitude_shape: Any) -> Any:
        return tuple(amplitude_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "floor_db": self.floor_db, "reference": self.reference}
