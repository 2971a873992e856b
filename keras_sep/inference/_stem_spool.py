"""Stems kept on disk as floats until their gain is known."""

from collections.abc import Iterator
from typing import IO

import numpy as np

_READ_SAMPLES = 1 << 16


class StemSpool:
    """Write stems piece by piece, measure their peak, and read them back with a gain.

    Args:
        file: Binary file open for writing and reading.
        channels: Number of channels of each stem.
        sources: Number of stems.

    Example:

    >>> import io, numpy as np
    >>> spool = StemSpool(io.BytesIO(), channels=2, sources=3)
    >>> spool.write(np.full((11, 2, 3), -2.0))
    >>> spool.peak, float(next(spool.read(gain=0.5)).min())
    (2.0, -1.0)
    """

    def __init__(self, file: IO[bytes], channels: int, sources: int):
        self.peak = 0.0
        self._file = file
        self._shape = (channels, sources)

    def write(self, piece: np.ndarray) -> None:
        """Append stems, shape (samples, channels, sources)."""
        if piece.size:
            self.peak = max(self.peak, float(np.abs(piece).max()))
        self._file.write(piece.astype(np.float32, copy=False).tobytes())

    def read(self, gain: float = 1.0) -> Iterator[np.ndarray]:
        """Yield everything written, in pieces; with a gain, nothing exceeds full scale."""
        self._file.seek(0)
        frame_bytes = 4 * self._shape[0] * self._shape[1]
        while data := self._file.read(_READ_SAMPLES * frame_bytes):
            piece = np.frombuffer(data, np.float32).reshape(-1, *self._shape)
            # the product may round to just above one
            yield piece if gain == 1 else np.clip(piece * np.float32(gain), -1, 1)
