"""Complex spectrogram to waveform without an FFT."""

import keras

from keras_sep import ops
from keras_sep.layers._fourier_matrix import WithFourierMatrix
from keras_sep.layers.istft import ISTFT
from keras_sep.ops import inverse_fourier_kernel


@keras.saving.register_keras_serializable(package="keras_sep")
class ConvISTFT(WithFourierMatrix, ISTFT):
    """`ISTFT` as a matrix product, for runtimes without FFT, or to be trained.

    Args:
        frame_length: samples in a frame.
        hop_length: samples from one frame to the next.
        window: window of `STFT`. Default "hann".
        fft_length: samples of the transform. Defaults to `frame_length`.
        padding: padding of `STFT`. Default "reflect".
        trainable: whether the matrix is trained, starting from the transform's.

    Call arguments:
        pair: (real, imag), see the input shape.
        length: samples to return, an integer.
        like: waveform (batch, samples, ...) whose number of samples to return, instead of `length`.

    Input shape:
        A pair, each (batch, frames, bins, channels[, sources]).

    Output shape:
        (batch, samples, channels[, sources]), of as many samples as `ISTFT` returns.

    Example:

    >>> waveform = np.random.default_rng(0).normal(size=(1, 1000, 2)).astype("float32")
    >>> stft = keras_sep.layers.STFT(512, 128)
    >>> again = keras_sep.layers.ConvISTFT(512, 128)(stft(waveform), like=waveform)
    >>> bool(np.allclose(keras.ops.convert_to_numpy(again), waveform, atol=1e-4))
    True
    """

    def _first_kernel(self):
        return inverse_fourier_kernel(self._frames.fft_length)

    def _inverse(self, pair, length):
        return ops.conv_istft(
            pair,
            self.kernel,
            self.hop_length,
            length,
            self.window,
            self.frame_length,
            self.padding,
        )

    def _samples(self, real, imag):
        x = keras.ops.concatenate([real, imag], axis=-1)
        return keras.ops.matmul(x, keras.ops.transpose(self.kernel))
