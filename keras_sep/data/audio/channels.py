"""Changing the number of channels."""

import numpy as np


def match_channels(array: np.ndarray, channels: int) -> np.ndarray:
    """Give a signal another number of channels: mono is copied, several are averaged to mono.

    Args:
        array: Samples, shape (samples, channels).
        channels: How many channels it should have.

    Returns:
        An array of shape (samples, `channels`); the input itself where the numbers are equal.

    Raises:
        ValueError: If neither number is 1: there is no one way to turn, say, six channels into two.

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
