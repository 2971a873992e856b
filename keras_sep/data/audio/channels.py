"""Changing the number of channels."""

import numpy as np


def match_channels(array: np.ndarray, channels: int) -> np.ndarray:
    """Change a signal's number of channels: mono is copied, several channels are averaged to mono.

    Args:
        array: Samples, shape (samples, channels).
        channels: Number of channels wanted.

    Returns:
        An array of shape (samples, `channels`); the input itself if it has that many.

    Raises:
        ValueError: If neither number is 1: there is no single way to mix, say, six channels to two.

    Example:

    >>> match_channels(np.array([[1.0, 3.0]]), 1)
    array([[2.]])
    """
    if array.shape[1] == channels:
        return array
    if channels == 1:
        return array.mean(axis=1, keepdims=True)
    if array.shape[1] == 1:
        return np.repeat(array, channels, axis=1)
    raise ValueError(
        f"channels can be copied from one or averaged to one. Received {array.shape[1]} channels, "
        f"wanted {channels}"
    )
