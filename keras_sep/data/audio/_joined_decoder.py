"""Decoding of consecutive parts, each with its own decoder."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from keras_sep.data.audio.audio_file import Decoder


class JoinedDecoder:
    """Several decoders that are read one after the other.

    Args:
        parts: Pairs of a number of samples and a function that opens the decoder which has them.
    """

    seeks_exactly = False

    def __init__(self, parts: Sequence[tuple[int, Callable[[], Decoder]]]):
        self._parts = iter(parts)
        self._open_next()
        self.sample_rate_hz = self._decoder.sample_rate_hz
        self.channels = self._decoder.channels
        self.format = self._decoder.format
        self.subtype = self._decoder.subtype

    def _open_next(self) -> bool:
        samples, opener = next(self._parts, (0, None))
        if opener is None:
            return False
        self._decoder, self._left = opener(), samples
        return True

    def read(self, samples: int) -> np.ndarray:
        """Read the next samples, float32 (samples, channels); fewer only at the very end."""
        return np.concatenate([decoder.read(some) for decoder, some in self._shares(samples)])

    def skip(self, samples: int) -> None:
        """Skip the next samples."""
        for decoder, some in self._shares(samples):
            decoder.skip(some)

    def _shares(self, samples: int) -> Iterator[tuple[Decoder, int]]:
        """Each decoder's share of the next samples."""
        while True:
            some = min(samples, self._left)
            yield self._decoder, some
            self._left -= some
            samples -= some
            if not samples:
                return
            self._decoder.close()
            if not self._open_next():
                return

    def close(self) -> None:
        """Close the file."""
        self._decoder.close()
