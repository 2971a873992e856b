"""Complex spectra of stretches of a stem: the frames of `ops.stft` without its whole signal.

The pipeline has its own transform beside `ops.stft` because it runs on the processor whatever
backend the model uses, cuts frames with their context out of the middle of a track, and is
called by many threads at once.
"""

import functools

import numpy as np
import scipy.fft

from keras_sep.ops.stft import hann_window


def frame_samples(first: int, frames: int, frame_length: int, hop_length: int) -> tuple[int, int]:
    """First sample, and the one after the last, that frames `first` onwards see.

    Frame t is centred on sample t * hop_length, so the first may be negative.
    """
    start = first * hop_length - frame_length // 2
    return start, start + (frames - 1) * hop_length + frame_length


def spectrum(stretches: np.ndarray, frame_length: int, hop_length: int) -> np.ndarray:
    """Hann-windowed spectra of all frames that fit into a signal.

    Args:
        stretches: Samples, shape (..., samples), float32.
        frame_length: Samples a frame.
        hop_length: Samples from one frame to the next.

    Returns:
        A complex64 array, shape (..., 1 + (samples - frame_length) // hop_length, bins).

    Example:

    >>> spectrum(np.zeros((2, 16), "float32"), frame_length=8, hop_length=4).shape
    (2, 3, 5)
    """
    windows = np.lib.stride_tricks.sliding_window_view(stretches, frame_length, axis=-1)
    frames = windows[..., ::hop_length, :] * _window(frame_length)
    return scipy.fft.rfft(frames, overwrite_x=True)


@functools.lru_cache
def _window(frame_length: int) -> np.ndarray:
    return hann_window(frame_length).astype(np.float32)
