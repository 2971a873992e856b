"""How loud a signal is, and making it as loud as asked for."""

import numpy as np

from keras_sep._floors import RECORDING_FLOOR

LEVEL = 0.1  # root mean square at 0 dB: loud, with room for the peaks of speech
LEVEL_DB = (-5.0, 5.0)  # of every source of a mixture but the first, relative to it
MOST_DB = 200  # of any level or gain, up or down


def root_mean_square(array: np.ndarray) -> float:
    """The root mean square over all samples and channels."""
    return float(np.sqrt(np.mean(np.square(array, dtype=np.float64))))


def to_level(array: np.ndarray, level_db: float) -> np.ndarray:
    """A signal scaled to a root mean square of 0.1 plus so many decibels; silence as it is.

    Example:

    >>> to_level(np.array([[3.0], [-3.0]], "float32"), 20.0)
    array([[ 1.],
           [-1.]], dtype=float32)
    """
    measured = root_mean_square(array)
    if measured <= RECORDING_FLOOR:
        return array
    return array * np.float32(LEVEL * 10 ** (level_db / 20) / measured)
