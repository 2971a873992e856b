"""What the two layers between spectrum and mel bands share."""

from typing import Any

import keras

from keras_sep import ops
from keras_sep.layers._spectral import SpectralLayer
from keras_sep.ops import check_band


class MelLayer(SpectralLayer):
    """A constant matrix along the third axis; subclasses say which, in `build`."""

    def __init__(
        self,
        sample_rate_hz: float,
        lowest_hz: float,
        highest_hz: float | None,
        scale: str,
        normalize: bool,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        check_band(sample_rate_hz, lowest_hz, highest_hz, scale)
        self.sample_rate_hz = sample_rate_hz
        self.lowest_hz = lowest_hz
        self.highest_hz = highest_hz
        self.scale = scale
        self.normalize = normalize
        self.supports_masking = True

    def _filters_of(self, bins, mels):
        """The filters, (bins, mels)."""
        return ops.mel_filterbank(
            self.sample_rate_hz,
            bins,
            mels,
            self.lowest_hz,
            self.highest_hz,
            self.scale,
            self.normalize,
        )

    def _multiply(self, x, matrix):
        """(batch, frames, rows, ...) times (rows, columns): (batch, frames, columns, ...)."""
        axes = range(len(x.shape))
        x = keras.ops.transpose(self._enter(x), (0, 1, *axes[3:], 2))
        x = keras.ops.matmul(x, keras.ops.convert_to_tensor(matrix, self._working_dtype))
        return keras.ops.transpose(x, (0, 1, axes[-1], *axes[2:-1]))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "sample_rate_hz": self.sample_rate_hz,
            "lowest_hz": self.lowest_hz,
            "highest_hz": self.highest_hz,
            "scale": self.scale,
            "normalize": self.normalize,
        }
