"""Windows to their spectra."""

from typing import Any

import keras
from keras import ops

from keras_sep._fourier import rfft
from keras_sep.layers._spectral import SpectralLayer


@keras.saving.register_keras_serializable(package="keras_sep")
class RFFT(SpectralLayer):
    """Fourier transform of windows that are cut already, as a pair (real, imag).

    Non-negative frequencies only, no window function and no scaling. For windows that a network
    turns into new ones, each by itself: `IRFFT` is the inverse, `SplitWindows` cuts them. A
    spectrogram of a waveform, which is turned back as a whole, is that of `STFT`.

    Input shape:
        (batch, windows, window_length, channels)

    Output shape:
        A pair, each (batch, windows, bins, channels) with `bins = window_length // 2 + 1`.

    Example:

    >>> windows = keras_sep.layers.SplitWindows(512, 128)(np.ones((1, 1000, 2), "float32"))
    >>> real, imag = keras_sep.layers.RFFT()(windows)
    >>> tuple(real.shape), float(real[0, 0, 0, 0])
    ((1, 5, 257, 2), 512.0)
    """

    axes = ("(batch, windows, window_length, channels)",)

    def call(self, windows: Any) -> Any:
        x = ops.transpose(self._enter(windows), (0, 1, 3, 2))
        return self._leave(
            tuple(ops.transpose(part, (0, 1, 3, 2)) for part in rfft(x, x.shape[-1]))
        )

    def compute_output_shape(self, windows_shape: Any) -> Any:
        batch, windows, length, *rest = windows_shape
        shape = (batch, windows, None if length is None else length // 2 + 1, *rest)
        return shape, shape
