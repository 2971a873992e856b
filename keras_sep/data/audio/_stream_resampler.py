"""Changing the sample rate of what is written piece by piece."""

import numpy as np
import soxr

from keras_sep.data.audio.resample import resampled_length


class StreamResampler:
    """Resample a stream; the joined pieces equal `resample` of the whole.

    Args:
        from_hz: Sample rate of the stream in Hz.
        to_hz: Sample rate wanted, in Hz.
        channels: Number of channels.

    Example:

    >>> resampler = StreamResampler(44100, 48000, channels=2)
    >>> pieces = [resampler.push(np.zeros((441, 2))) for _ in range(10)]
    >>> sum(map(len, pieces)) + len(resampler.end())
    4800
    """

    def __init__(self, from_hz: int, to_hz: int, channels: int):
        self._rates = from_hz, to_hz
        self._taken = self._given = 0
        self._nothing = np.zeros((0, channels), np.float32)
        self._stream = soxr.ResampleStream(*self._rates, channels, dtype="float32", quality="HQ")

    def push(self, chunk: np.ndarray) -> np.ndarray:
        """Resample the next samples, shape (samples, channels); some come later."""
        self._taken += len(chunk)
        piece = self._stream.resample_chunk(np.ascontiguousarray(chunk, np.float32))
        self._given += len(piece)
        return piece

    def end(self) -> np.ndarray:
        """The rest, cut or zero-padded to the length that `resampled_length` gives."""
        piece = self._stream.resample_chunk(self._nothing, last=True)
        left = resampled_length(self._taken, *self._rates) - self._given
        return np.pad(piece[:left], ((0, max(0, left - len(piece))), (0, 0)))
