"""Changing the sample rate, with the soxr library."""

import numpy as np
import soxr


def resample(array: np.ndarray, from_hz: int, to_hz: int) -> np.ndarray:
    """Resample a signal with a linear-phase filter, which shifts nothing in time.

    Args:
        array: Samples, shape (samples, channels).
        from_hz: Sample rate of `array` in Hz.
        to_hz: Sample rate wanted, in Hz.

    Returns:
        A float32 array, shape (`resampled_length(samples, from_hz, to_hz)`, channels); the input
        itself if the rates are equal.

    Example:

    >>> resample(np.zeros((441, 2), "float32"), 44100, 16000).shape
    (160, 2)
    """
    if from_hz <= 0 or to_hz <= 0:
        raise ValueError(
            f"sample rates must be positive. Received: from_hz={from_hz}, to_hz={to_hz}"
        )
    if from_hz == to_hz:
        return array
    length = resampled_length(len(array), from_hz, to_hz)
    out = soxr.resample(array.astype(np.float32, copy=False), from_hz, to_hz, quality="HQ")
    if len(out) < length:
        out = np.pad(out, ((0, length - len(out)), (0, 0)))
    return out[:length]


def resampled_length(samples: int, from_hz: int, to_hz: int) -> int:
    """Number of samples after resampling: samples * to_hz / from_hz, rounded.

    Args:
        samples: Number of samples before.
        from_hz: Sample rate in Hz before.
        to_hz: Sample rate in Hz after.

    Example:

    >>> resampled_length(1000, 44100, 48000)
    1088
    """
    return (2 * samples * to_hz + from_hz) // (2 * from_hz)
