"""Sound of one sample rate to another, piece by piece."""

import math

import numpy as np
import soxr


class RateChange:
    """Resample a stream with soxr, or let it pass where the rates are equal.

    Args:
        from_hz: Sample rate of what comes, in Hz.
        to_hz: Sample rate of what is returned, in Hz.
        channels: Number of channels.

    Example:

    >>> change = RateChange(48000, 16000, channels=1)
    >>> pieces = [change.push(np.zeros((4800, 1), "float32")) for _ in range(3)]
    >>> sum(map(len, [*pieces, change.end()]))
    4800
    """

    def __init__(self, from_hz: int, to_hz: int, channels: int):
        self._rates = from_hz, to_hz
        self._nothing = np.zeros((0, channels), "float32")
        self._filter = None
        if from_hz != to_hz:
            self._filter = soxr.ResampleStream(from_hz, to_hz, channels, dtype="float32")

    def push(self, samples: np.ndarray) -> np.ndarray:
        """What comes out with the next samples (samples, channels): some of them come later."""
        if self._filter is None:
            return samples
        return self._filter.resample_chunk(np.ascontiguousarray(samples))

    def end(self) -> np.ndarray:
        """The rest."""
        if self._filter is None:
            return self._nothing
        return self._filter.resample_chunk(self._nothing, last=True)

    def latency_s(self, seconds: float) -> float:
        """Seconds of sound that are kept at most, given pieces of so many: they come in bursts."""
        from_hz, to_hz = self._rates
        other = RateChange(from_hz, to_hz, self._nothing.shape[1])
        piece = np.zeros((math.ceil(seconds * from_hz), self._nothing.shape[1]), "float32")
        given = taken = 0
        most = 0.0
        while given < from_hz:
            given += len(piece)
            taken += len(other.push(piece))
            most = max(most, given / from_hz - taken / to_hz)
        return most
