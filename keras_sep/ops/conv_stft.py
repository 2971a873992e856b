"""The short-time Fourier transform as a product with a matrix, for runtimes without FFT."""

from typing import Any

import numpy as np
from keras import ops

from keras_sep._fourier import inverse_waves, waves
from keras_sep._frames import stft_frames
from keras_sep.ops.stft import spectra, waveform_of


def fourier_kernel(
    frame_length: int, window: str = "hann", fft_length: int | None = None
) -> np.ndarray:
    """Matrix of `conv_stft`: windowed cosines, then windowed negative sines.

    Args:
        frame_length: samples in a frame.
        window: window that frames are multiplied by, as in `stft`.
        fft_length: samples of the transform, as in `stft`. Defaults to `frame_length`.

    Returns:
        (fft_length, 2 * bins), float64, with `bins = fft_length // 2 + 1`; rows beyond the window
        are zero.

    Example:

    >>> np.round(keras_sep.ops.fourier_kernel(4), 6).tolist()[1:3]
    [[0.5, 0.0, -0.5, -0.0, -0.5, -0.0], [1.0, -1.0, 1.0, -0.0, -0.0, -0.0]]
    """
    # the shortest of hops: whether samples are left out is asked of the transform's
    frames = stft_frames(frame_length, 1, window, fft_length)
    return frames.window[:, None] * waves(frames.fft_length)


def inverse_fourier_kernel(fft_length: int) -> np.ndarray:
    """Matrix of `conv_istft`: the waves of the inverse transform, without a window.

    Args:
        fft_length: samples of the transform, by default those of a frame.

    Returns:
        (fft_length, 2 * bins), float64, with `bins = fft_length // 2 + 1`.
    """
    return inverse_waves(fft_length)


def conv_stft(
    waveform: Any,
    kernel: Any,
    hop_length: int,
    window: str = "hann",
    frame_length: int | None = None,
    padding: str = "reflect",
) -> Any:
    """`stft` as a matrix product, equal to it up to rounding with the kernel of `fourier_kernel`.

    Args:
        waveform: (batch, samples, channels), or with a further axis of sources at the end.
        kernel: (fft_length, 2 * bins), first the real parts' columns, then the imaginary ones'.
        hop_length: samples from one frame to the next; any that leaves no sample without a window.
        window: window of `kernel`. Frames are not multiplied by it again; their number depends on
            it, as in `stft`.
        frame_length: samples of the window. Defaults to `fft_length`.
        padding: what lies beyond the ends, as in `stft`. Default "reflect".

    Returns:
        real and imag, each (batch, frames, bins, channels[, sources]), with the frames of `stft`.

    Example:

    >>> waveform = np.random.default_rng(0).normal(size=(1, 1000, 2)).astype("float32")
    >>> real, imag = keras_sep.ops.conv_stft(waveform, keras_sep.ops.fourier_kernel(512), 128)
    >>> expected, _ = keras_sep.ops.stft(waveform, 512, 128)
    >>> bool(np.allclose(real, expected, atol=1e-4))
    True
    """
    kernel = ops.convert_to_tensor(kernel)
    frames = _frames(kernel, hop_length, window, frame_length, padding)

    def transform(x):
        return ops.split(ops.matmul(x, ops.cast(kernel, x.dtype)), 2, axis=-1)

    return spectra(waveform, frames, transform)


def conv_istft(
    pair: Any,
    kernel: Any,
    hop_length: int,
    length: Any = None,
    window: str = "hann",
    frame_length: int | None = None,
    padding: str = "reflect",
) -> Any:
    """`istft` as a matrix product, equal up to rounding with that of `inverse_fourier_kernel`.

    Args:
        pair: (real, imag), each (batch, frames, bins, channels[, sources]).
        kernel: (fft_length, 2 * bins), first the real parts' columns, then the imaginary ones'.
            Its frames are multiplied by the window and divided, sample by sample, by the sum of the
            squared windows, as those of `istft` are.
        hop_length: samples from one frame to the next.
        length: samples to return, an integer or a scalar tensor. By default
            as in `istft`; what no frame covers is zero.
        window: window of the frames, as in `stft`.
        frame_length: samples of the window. Defaults to `fft_length`.
        padding: what lies beyond the ends, as in `stft`. Default "reflect".

    Returns:
        (batch, samples, channels[, sources]), in the dtype of `pair`.

    Example:

    >>> waveform = np.random.default_rng(0).normal(size=(1, 1000, 2)).astype("float32")
    >>> pair = keras_sep.ops.stft(waveform, 512, 128)
    >>> kernel = keras_sep.ops.inverse_fourier_kernel(512)
    >>> again = keras_sep.ops.conv_istft(pair, kernel, 128, length=1000)
    >>> bool(np.allclose(again, waveform, atol=1e-4))
    True
    """
    kernel = ops.convert_to_tensor(kernel)
    frames = _frames(kernel, hop_length, window, frame_length, padding)

    def transform(real, imag):
        x = ops.concatenate([real, imag], axis=-1)
        return ops.matmul(x, ops.transpose(ops.cast(kernel, x.dtype)))

    return waveform_of(pair, frames, transform, length)


def _frames(kernel, hop_length: int, window, frame_length, padding):
    fft_length = kernel.shape[0]
    frame_length = fft_length if frame_length is None else frame_length
    return stft_frames(frame_length, hop_length, window, fft_length, padding)
