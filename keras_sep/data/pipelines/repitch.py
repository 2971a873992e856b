"""Changing tempo and pitch independently."""

from typing import Any

import numpy as np

# The stretcher's windows fade out at the end: the input must be this much longer.
TAIL_SECONDS = 0.12
_SEED = 1  # the stretching draws phases: the same ones for all sources, and every time


def repitch(
    array: np.ndarray, samples: int, sample_rate_hz: int, tempo: float, pitch_semitones: float
) -> np.ndarray:
    """Change a signal's tempo and pitch independently.

    `change_speed` changes both together. The stretcher blocks all other Python threads.

    Args:
        array: Samples, shape (samples of the original, channels), float32.
        samples: Length of the result: that of the original divided by `tempo`, less `TAIL_SECONDS`,
            over which it would fade out. The result is cut or zero-padded to it.
        sample_rate_hz: Sample rate in Hz, which determines the length of the windows.
        tempo: Factor by which the tempo is multiplied and the length divided.
        pitch_semitones: Change of pitch in semitones.

    Returns:
        A float32 array, shape (samples, channels); the input itself if nothing changes.

    Raises:
        ImportError: Without the extra `keras_sep[augment]`.

    Example:

    >>> repitch(np.zeros((9960, 2), "float32"), 8000, 8000, tempo=1.125, pitch_semitones=2.0).shape
    (8000, 2)
    """
    if tempo == 1.0 and pitch_semitones == 0.0:
        return array
    stretch = stretcher().Stretch(_SEED)
    stretch.preset(array.shape[1], sample_rate_hz)
    stretch.setTransposeSemitones(pitch_semitones)
    stretch.timeFactor = tempo
    stretched = stretch.process(np.array(array.T, order="C"))[:, :samples].T
    return np.pad(stretched, ((0, samples - len(stretched)), (0, 0)))


def stretcher() -> Any:
    """The stretching library, or an `ImportError` that says how to install it."""
    try:
        from python_stretch import Signalsmith
    except ImportError as error:
        raise ImportError(
            'changing tempo or pitch needs python-stretch: pip install "keras_sep[augment]"'
        ) from error
    return Signalsmith
