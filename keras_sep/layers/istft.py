"""Complex spectrogram to waveform."""

import keras

from keras_sep import ops
from keras_sep.layers._like import PairWithLength
from keras_sep.layers._streamed_frames import StreamedISTFT


@keras.saving.register_keras_serializable(package="keras_sep")
class ISTFT(PairWithLength, StreamedISTFT):
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

    def _join(self, pair, length, mask):
        return self._leave(self._inverse(self._enter(pair), length))

    def _inverse(self, pair, length):
        return ops.istft(pair, length=length, **self._settings)

    def _natural_shape(self, pair_shape):
        batch, frames, _, *rest = pair_shape[0]
        return (batch, None if frames is None else self._frames.samples(frames), *rest)
