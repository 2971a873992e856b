"""Measuring the level of a signal, and scaling a signal to a level."""

import numpy as np

from keras_sep._floors import RECORDING_FLOOR

LEVEL = 0.1  # root mean square at 0 dB: loud, with room for the peaks of speech
LEVEL_DB = (-5.0, 5.0)  # of each source of a mixture after the first, relative to the first
MOST_DB = 200  # of any level or gain, up or down


def recording_level(array: np.ndarray) -> float:
    """The root mean square over all samples and channels."""
    return float(np.sqrt(np.mean(np.square(array, dtype=np.float64))))


def to_level(array: np.ndarray, level_db: float) -> np.ndarray:
    """Scale a signal to `level_db` decibels above a root mean square of 0.1; silence stays.

    Example:

    >>> to_level(np.array([[3.0], [-3.0]], "float32"), 20.0)
    array([[ 1.],
           [-1.]], dtype=float32)
    """
    measured = recording_level(array)
    if measured <= RECORDING_FLOOR:
        return array
    return array * np.float32(LEVEL * 10 ** (level_db / 20) / measured)
