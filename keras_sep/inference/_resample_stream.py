"""Changing the sample rate of a stream."""

from collections.abc import Iterable, Iterator

import numpy as np
import soxr


def resample_stream(
    chunks: Iterable[np.ndarray], from_hz: int, to_hz: int, samples: int
) -> Iterator[np.ndarray]:
    """Resample a stream; joined, the pieces are what `data.resample` makes of the whole.

    Args:
        chunks: Pieces of the signal, each (samples, channels).
        from_hz: The rate it has, in Hz.
        to_hz: The rate it should have, in Hz.
        samples: Length of the result. The filter's own count may be one off; the end is then cut
            or filled with silence.

    Yields:
        Pieces of the resampled signal; the pieces themselves where the rates are equal.
    """
    if from_hz == to_hz:
        yield from chunks
        return
    stream: soxr.ResampleStream | None = None
    channels = 1
    left = samples
    for chunk in chunks:
        if stream is None:
            channels = chunk.shape[1]
            stream = soxr.ResampleStream(from_hz, to_hz, channels, dtype="float32", quality="HQ")
        piece = stream.resample_chunk(np.ascontiguousarray(chunk, np.float32))[:left]
        left -= len(piece)
        yield piece
    if stream is not None:
        piece = stream.resample_chunk(np.zeros((0, channels), np.float32), last=True)[:left]
        yield np.pad(piece, ((0, left - len(piece)), (0, 0)))
