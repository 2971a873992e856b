"""Spectrum to mel bands."""

from typing import Any

import keras

from keras_sep._validate import require_positive_integers
from keras_sep.layers._mel import MelLayer


@keras.saving.register_keras_serializable(package="keras_sep")
class MelProjection(MelLayer):
    """Sum the bins of a spectrum to mel bands, by the filters of `ops.mel_filterbank`.

    It takes magnitudes or powers and computes no logarithm. Nothing is trained. Slaney's scale and
    filters of equal area are the default, as in librosa.

    Args:
        mels: number of bands.
        sample_rate_hz: sample rate of the audio in Hz.
        lowest_hz: frequency where the first filter begins, in Hz.
        highest_hz: frequency where the last filter ends, in Hz; None for half the sample rate.
        scale: mel scale, "slaney" or "htk".
        normalize: whether the filters have equal areas instead of equal peaks.

    Input shape:
        (batch, frames, bins, channels[, sources])

    Output shape:
        (batch, frames, mels, channels[, sources])

    Example:

    >>> mel = keras_sep.layers.MelProjection(mels=40, sample_rate_hz=16000)
    >>> tuple(mel(np.ones((1, 3, 257, 2), "float32")).shape)
    (1, 3, 40, 2)
    """

    axes = ("(batch, frames, bins[, channels][, sources])",)

    def __init__(
        self,
        mels: int,
        sample_rate_hz: float,
        lowest_hz: float = 0.0,
        highest_hz: float | None = None,
        scale: str = "slaney",
        normalize: bool = True,
        **kwargs: Any,
    ):
        super().__init__(sample_rate_hz, lowest_hz, highest_hz, scale, normalize, **kwargs)
        require_positive_integers(mels=mels)
        self.mels = mels

    def build(self, input_shape: Any) -> None:
        self.input_spec = keras.InputSpec(axes={2: input_shape[2]})
        self._filters = self._filters_of(input_shape[2], self.mels)

    def call(self, spectrum: Any) -> Any:
        return self._leave(self._multiply(spectrum, self._filters))

    def compute_output_shape(self, spectrum_shape: Any) -> Any:
        return (*spectrum_shape[:2], self.mels, *spectrum_shape[3:])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "mels": self.mels}
