"""Mel bands to spectrum."""

from typing import Any

import keras
import numpy as np

from keras_sep._validate import require_positive_integers
from keras_sep.layers._mel import MelLayer


@keras.saving.register_keras_serializable(package="keras_sep")
class InverseMelProjection(MelLayer):
    """The spectrum of least energy that has the given mel bands, negative bins set to zero.

    It uses the Moore-Penrose pseudo-inverse of the filters of `MelProjection`, an approximation:
    there are fewer bands than bins. Not the non-negative least squares of
    `librosa.feature.inverse`, which is more accurate and solves one problem per frame.

    Args:
        bins: number of bins of the spectrum, `frame_length // 2 + 1`.
        sample_rate_hz: sample rate of the audio in Hz.
        lowest_hz: frequency where the first filter begins, in Hz.
        highest_hz: frequency where the last filter ends, in Hz; None for half the sample rate.
        scale: mel scale, "slaney" or "htk".
        normalize: whether the filters have equal areas instead of equal peaks.

    Input shape:
        (batch, frames, mels, channels[, sources])

    Output shape:
        (batch, frames, bins, channels[, sources])

    Example:

    >>> inverse = keras_sep.layers.InverseMelProjection(bins=257, sample_rate_hz=16000)
    >>> tuple(inverse(np.ones((1, 3, 40, 2), "float32")).shape)
    (1, 3, 257, 2)
    """

    axes = ("(batch, frames, mels[, channels][, sources])",)

    def __init__(
        self,
        bins: int,
        sample_rate_hz: float,
        lowest_hz: float = 0.0,
        highest_hz: float | None = None,
        scale: str = "slaney",
        normalize: bool = True,
        **kwargs: Any,
    ):
        super().__init__(sample_rate_hz, lowest_hz, highest_hz, scale, normalize, **kwargs)
        require_positive_integers(bins=bins)
        self.bins = bins

    def build(self, input_shape: Any) -> None:
        self.input_spec = keras.InputSpec(axes={2: input_shape[2]})
        self._inverse = np.linalg.pinv(
            self._filters_of(self.bins, input_shape[2]).astype(np.float64)
        )

    def call(self, mel_bands: Any) -> Any:
        return self._leave(keras.ops.relu(self._multiply(mel_bands, self._inverse)))

    def compute_output_shape(self, mel_bands_shape: Any) -> Any:
        return (*mel_bands_shape[:2], self.bins, *mel_bands_shape[3:])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "bins": self.bins}
