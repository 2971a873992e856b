"""What the layers without weights that work on spectrograms share."""

from typing import Any

import keras
import numpy as np

from keras_sep._frames import stft_frames
from keras_sep.layers._axes import WithAxes


class SpectralLayer(WithAxes, keras.Layer):
    """A layer that computes in float32 at least and returns its compute dtype.

    Fourier transforms have no half-precision kernels, and squares of spectra overflow them, so
    under `mixed_float16` only the outputs are cast down, not the inputs.
    """

    def __init__(self, **kwargs: Any):
        super().__init__(autocast=False, **kwargs)

    @property
    def _working_dtype(self) -> str:
        return "float64" if self.compute_dtype == "float64" else "float32"

    def _enter(self, tensors):
        return keras.tree.map_structure(lambda x: keras.ops.cast(x, self._working_dtype), tensors)

    def _leave(self, tensors):
        return keras.tree.map_structure(lambda x: keras.ops.cast(x, self.compute_dtype), tensors)


class FramedLayer(SpectralLayer):
    """Base class of `STFT` and its inverse.

    Args:
        frame_length: samples in a frame.
        hop_length: samples from one frame to the next.
        window: name or array, as in `keras_sep.ops.stft`.
        fft_length: samples of the transform. Defaults to `frame_length`.
        padding: what lies beyond the ends, as in `keras_sep.ops.stft`.
    """

    def __init__(
        self,
        frame_length: int,
        hop_length: int,
        window: str = "hann",
        fft_length: int | None = None,
        padding: str = "reflect",
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self._frames = stft_frames(frame_length, hop_length, window, fft_length, padding)
        self.frame_length = frame_length
        self.hop_length = hop_length
        self.window = window if isinstance(window, str) else np.asarray(window, "float64").tolist()
        self.fft_length = fft_length
        self.padding = padding

    @property
    def _settings(self):
        return {
            "frame_length": self.frame_length,
            "hop_length": self.hop_length,
            "window": self.window,
            "fft_length": self.fft_length,
            "padding": self.padding,
        }

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **self._settings}
