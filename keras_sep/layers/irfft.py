"""Spectra to windows."""

from typing import Any

import keras
from keras import ops

from keras_sep._fourier import irfft
from keras_sep._validate import require_positive_integers
from keras_sep.layers._spectral import SpectralLayer


@keras.saving.register_keras_serializable(package="keras_sep")
class IRFFT(SpectralLayer):
    """Inverse of `RFFT`: the windows of a pair (real, imag).

    Windows are not added up; `ISTFT` makes a waveform.

    Args:
        window_length: length of the windows in samples.

    Input shape:
        A pair, each (batch, windows, bins, channels) with `bins = window_length // 2 + 1`.

    Output shape:
        (batch, windows, window_length, channels)

    Example:

    >>> windows = np.random.default_rng(0).normal(size=(1, 5, 7, 2)).astype("float32")
    >>> again = keras_sep.layers.IRFFT(7)(keras_sep.layers.RFFT()(windows))
    >>> bool(np.allclose(again, windows, atol=1e-6))
    True
    """

    axes = ("(batch, windows, bins, channels)",)

    def __init__(self, window_length: int, **kwargs: Any):
        super().__init__(**kwargs)
        require_positive_integers(window_length=window_length)
        self.window_length = window_length

    def call(self, pair: Any) -> Any:
        bins = self.window_length // 2 + 1
        if pair[0].shape[2] not in (None, bins):
            raise ValueError(
                f"The input of IRFFT must have {bins} bins, for windows of {self.window_length} "
                f"samples. Received: shape {tuple(pair[0].shape)}"
            )
        real, imag = (ops.transpose(x, (0, 1, 3, 2)) for x in self._enter(pair))
        x = irfft(real, imag, self.window_length)
        return self._leave(ops.transpose(x, (0, 1, 3, 2)))

    def compute_output_shape(self, pair_shape: Any) -> Any:
        batch, windows, _, channels = pair_shape[0]
        return (batch, windows, self.window_length, channels)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "window_length": self.window_length}
