"""Waveform to complex spectrogram."""

from typing import Any

import keras

from keras_sep import ops
from keras_sep.layers._streamed_frames import StreamedSTFT
from keras_sep.layers.istft import ISTFT


@keras.saving.register_keras_serializable(package="keras_sep")
class STFT(StreamedSTFT):
    """Short-time Fourier transform of a waveform, as a pair (real, imag).

    Frames are centred, ends reflected and values unscaled, as in `torch.stft`; or, with
    `padding="zeros"`, a frame of zeros comes first, as in Spleeter. It computes in float32, also
    under `mixed_float16`. For the magnitude, follow it with `Magnitude`.

    Args:
        frame_length: samples in a frame.
        hop_length: samples from one frame to the next; any that leaves no sample without a window,
            as `inverse` could not recover it.
        window: window that frames are multiplied by: a periodic "hann" (the default),
            "sqrt_hann" or "hamming", "rectangular", or an array of `frame_length` numbers.
        fft_length: samples of the transform; shorter frames are zero-padded on both sides. Defaults
            to `frame_length`.
        padding: what lies beyond the ends. "reflect", the default, mirrors the signal around half a
            frame on each side. "constant" puts half a frame of zeros there, as `torch.stft` does.
            "zeros" puts a frame of zeros before the signal, and has all frames that begin before
            its end: as Spleeter, or `tf.signal.stft` with `pad_end` behind those zeros.

    Input shape:
        (batch, samples, channels), or (batch, samples, channels, sources).

    Output shape:
        A pair, each (batch, frames, bins, channels[, sources]) with
        `frames = 1 + samples // hop_length` and `bins = fft_length // 2 + 1`. Where the last of
        these frames would leave the end under little or nothing of a window, as hops of more than
        two fifths of a Hann window do at some lengths, there is one frame more; `frame_count` says.
        With a padding of zeros, `frames = ceil((samples + fft_length) / hop_length)`.

    Example:

    >>> stft = keras_sep.layers.STFT(frame_length=512, hop_length=128)
    >>> real, imag = stft(np.zeros((1, 1000, 2), "float32"))
    >>> tuple(real.shape)
    (1, 8, 257, 2)
    >>> speech = keras_sep.layers.STFT(400, 160, window="sqrt_hann", fft_length=512)  # 25, 10 ms
    >>> speech.frame_count(16000)
    101
    """

    def call(self, waveform: Any) -> Any:
        return self._leave(ops.stft(self._enter(waveform), **self._settings))

    def frame_count(self, samples: int) -> Any:
        """Number of frames of a waveform with `samples` samples: an integer, a tensor, or None."""
        return self._frames.count(samples)

    def inverse(self) -> ISTFT:
        """The layer that gets the waveform back."""
        return ISTFT(**self._settings, dtype=self.dtype_policy)

    def compute_output_shape(self, waveform_shape: Any) -> Any:
        batch, samples, *rest = waveform_shape
        shape = (batch, self.frame_count(samples), self._frames.bins, *rest)
        return shape, shape
