"""Complex spectra of parts of a stem: frames of `ops.stft` without the whole signal.

The pipeline has its own transform beside `ops.stft` because it runs on the processor whatever
backend the model uses, cuts frames with their context out of the middle of a track, and is
called by many threads at once.
"""

import numpy as np
import scipy.fft

from keras_sep._frames import stft_frames


def frame_samples(
    first: int,
    frames: int,
    frame_length: int,
    hop_length: int,
    window: str = "hann",
    fft_length: int | None = None,
) -> tuple[int, int]:
    """First sample, and the one after the last, of `frames` frames from frame `first`.

    Frame t is centred on sample t * hop_length, so the first may be negative.
    """
    settings = stft_frames(frame_length, hop_length, window, fft_length)
    start = first * hop_length + settings.start
    return start, start + (frames - 1) * hop_length + settings.fft_length


def spectrum(
    stretches: np.ndarray,
    frame_length: int,
    hop_length: int,
    window: str = "hann",
    fft_length: int | None = None,
) -> np.ndarray:
    """Spectra of all frames that fit into a signal.

    Args:
        stretches: Samples, shape (..., samples), float32.
        frame_length: Samples in a frame.
        hop_length: Samples from one frame to the next.
        window: Name or array, as for `ops.stft`. Default "hann".
        fft_length: Samples of the transform. Defaults to `frame_length`.

    Returns:
        A complex64 array, shape (..., 1 + (samples - fft_length) // hop_length, bins).

    Example:

    >>> spectrum(np.zeros((2, 16), "float32"), frame_length=8, hop_length=4).shape
    (2, 3, 5)
    """
    settings = stft_frames(frame_length, hop_length, window, fft_length)
    windows = np.lib.stride_tricks.sliding_window_view(stretches, settings.fft_length, axis=-1)
    frames = windows[..., ::hop_length, :] * settings.window.astype(np.float32)
    return scipy.fft.rfft(frames, overwrite_x=True)
