"""Waveform to complex spectrogram without an FFT."""

from typing import Any

import keras

from keras_sep import ops
from keras_sep.layers._fourier_matrix import WithFourierMatrix
from keras_sep.layers.conv_istft import ConvISTFT
from keras_sep.layers.stft import STFT
from keras_sep.ops import fourier_kernel


@keras.saving.register_keras_serializable(package="keras_sep")
class ConvSTFT(WithFourierMatrix, STFT):
    """`STFT` as a matrix product, for runtimes without FFT, or to be trained.

    Equal to `STFT` up to rounding of the product: a few float32 steps on a CPU, more on a GPU that
    multiplies in TensorFloat-32, as TensorFlow allows by default. The matrix is a weight, 4 bytes
    times the square of `fft_length` (1 MB at 512, 67 MB at 4096), saved with the model. With
    `trainable=True` it is a learned filterbank that begins as the Fourier transform.

    Args:
        frame_length: samples in a frame.
        hop_length: samples from one frame to the next; any that leaves no sample without a window.
        window: window that frames are multiplied by, as in `STFT`. Default "hann".
        fft_length: samples of the transform. Defaults to `frame_length`.
        padding: what lies beyond the ends, as in `STFT`. Default "reflect".
        trainable: whether the matrix is learned.

    Input shape:
        (batch, samples, channels), or (batch, samples, channels, sources).

    Output shape:
        A pair, each (batch, frames, bins, channels[, sources]), with the frames and bins of `STFT`.

    Example:

    >>> waveform = np.random.default_rng(0).normal(size=(1, 1000, 2)).astype("float32")
    >>> real, _ = keras_sep.layers.ConvSTFT(512, 128)(waveform)
    >>> expected, _ = keras_sep.layers.STFT(512, 128)(waveform)
    >>> real, expected = map(keras.ops.convert_to_numpy, (real, expected))
    >>> bool(np.allclose(real, expected, atol=1e-4))
    True
    """

    def _first_kernel(self):
        return fourier_kernel(self.frame_length, self.window, self.fft_length)

    def call(self, waveform: Any) -> Any:
        pair = ops.conv_stft(
            self._enter(waveform),
            self.kernel,
            self.hop_length,
            self.window,
            self.frame_length,
            self.padding,
        )
        return self._leave(pair)

    @property
    def _reads_first(self):
        return self.trainable or super()._reads_first

    def _spectra(self, frames):
        return keras.ops.split(keras.ops.matmul(frames, self.kernel), 2, axis=-1)

    def inverse(self) -> ConvISTFT:
        """The layer that gets the waveform back; it learns its own matrix where this one learns."""
        return ConvISTFT(**self._settings, trainable=self.trainable, dtype=self.dtype_policy)
