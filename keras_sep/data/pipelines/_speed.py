"""Playing a signal faster or slower."""

import numpy as np
import soxr


def change_speed(array: np.ndarray, factor: float) -> np.ndarray:
    """Play a signal faster (factor above 1) or slower: pitch and tempo change together.

    Args:
        array: Samples, shape (samples, channels).
        factor: Factor by which frequencies are multiplied and the length is divided.

    Returns:
        A float32 array, shape (samples / factor, rounded to the nearest, channels); the input
        itself if the factor is 1.

    Example:

    >>> change_speed(np.zeros((1000, 2), "float32"), 1.25).shape
    (800, 2)
    """
    if factor == 1.0:
        return array
    # 16 bits of precision are enough for augmentation
    return soxr.resample(array, factor, 1.0, quality="MQ")
