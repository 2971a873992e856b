"""Changing the sample rate of a stream."""

from collections.abc import Iterable, Iterator

import numpy as np
import soxr


def resample_stream(
    chunks: Iterable[np.ndarray], from_hz: int, to_hz: int, samples: int
) -> Iterator[np.ndarray]:
    """Resample a stream; the joined pieces equal `data.resample` of the whole.

    Args:
        chunks: Pieces of the signal, each (samples, channels).
        from_hz: Sample rate of the signal in Hz.
        to_hz: Sample rate wanted, in Hz.
        samples: Length of the result. The filter's own count may differ by one; the end is then cut
            or zero-padded.

    Yields:
        Pieces of the resampled signal; the input's pieces if the rates are equal.
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
