"""Complex spectrogram to waveform."""

from typing import Any

import keras

from keras_sep import ops
from keras_sep.layers._spectral import FramedLayer


@keras.saving.register_keras_serializable(package="keras_sep")
class ISTFT(FramedLayer):
    """Inverse of `STFT`: exact at every sample, both ends included.

    It is the least-squares inverse, for any of its hops and windows; `keras.ops.istft` is not exact
    at the ends. `STFT.inverse` makes one with its own settings.

    Args:
        frame_length: samples in a frame.
        hop_length: samples from one frame to the next.
        window: window of `STFT`. Default "hann".
        fft_length: samples of the transform. Defaults to `frame_length`.
        padding: padding of `STFT`. Default "reflect".

    Call arguments:
        pair: (real, imag), see the input shape.
        length: samples to return, an integer.
        like: waveform (batch, samples, ...) whose number of samples to return, instead of
            `length`; it may be unknown until the model runs.

    Input shape:
        A pair, each (batch, frames, bins, channels[, sources]).

    Output shape:
        (batch, samples, channels[, sources]); by default
        `samples = (frames - 1) * hop_length`, or `frames * hop_length - fft_length` with a padding
        of zeros.

    Example:

    >>> waveform = np.random.default_rng(0).normal(size=(1, 1000, 2)).astype("float32")
    >>> stft = keras_sep.layers.STFT(256, 192)  # frames that barely overlap
    >>> again = stft.inverse()(stft(waveform), like=waveform)
    >>> bool(np.allclose(again, waveform, atol=1e-5))
    True

    Reference: Griffin and Lim, "Signal estimation from modified short-time Fourier transform",
    1984, equation 6.
    """

    axes = ("(batch, frames, bins[, channels][, sources])",)

    def call(self, pair: Any, length: Any = None, like: Any = None) -> Any:
        if length is not None and like is not None:
            raise ValueError(f"Give `length` or `like`, not both. Received: length={length}")
        if like is not None:
            length = keras.ops.shape(like)[1]
        return self._leave(self._inverse(self._enter(pair), length))

    def _inverse(self, pair, length):
        return ops.istft(pair, length=length, **self._settings)

    def compute_output_shape(
        self, pair_shape: Any, like_shape: Any = None, length: Any = None
    ) -> Any:
        batch, frames, _, *rest = pair_shape[0]
        if like_shape is not None:
            length = like_shape[1]
        elif length is None and frames is not None:
            length = self._frames.samples(frames)
        return (batch, length, *rest)

    def compute_output_spec(self, pair: Any, length: Any = None, like: Any = None) -> Any:
        shape = self.compute_output_shape(
            [part.shape for part in pair], None if like is None else like.shape, length
        )
        return keras.KerasTensor(shape, dtype=self.compute_dtype)
