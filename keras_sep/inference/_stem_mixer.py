"""A stream of sources and the mixture that they come from, to a stream of stems."""

from collections import deque
from collections.abc import Iterable, Iterator

import numpy as np


class StemMixer:
    """Make stems as sums of the mixture, as it is in the file, and the sources that are needed.

    Sources lack what the model does not read, above all the band beyond its rate; the mixture does
    not. Samples that have been read but not yet separated are kept, if a stem contains them.

    Args:
        gains: Gains of each stem, shape (stems, 1 + sources), the mixture first.

    Example:

    >>> import numpy as np
    >>> mixer = StemMixer(np.array([[1.0, -1.0, 0.0]]))  # all but the first source
    >>> list(mixer.listen([np.ones((11, 2), "float32")]))[0].shape
    (11, 2)
    >>> sources = mixer.choose(np.full((11, 2, 2), 0.25, "float32"))
    >>> sources.shape, next(mixer.mix([sources]))[0, 0].tolist()
    ((11, 2, 1), [0.75])
    """

    def __init__(self, gains: np.ndarray):
        self._of_mixture = gains[:, 0]
        self._used = np.flatnonzero(gains[:, 1:].any(axis=0))
        self._used = self._used if self._used.size else np.array([0])
        self._of_sources = gains[:, 1 + self._used]
        self._heard: deque[np.ndarray] = deque()

    def listen(self, chunks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Yield the pieces (samples, channels) of the mixture unchanged, and remember them."""
        for chunk in chunks:
            if self._of_mixture.any():
                self._heard.append(chunk)
            yield chunk

    def choose(self, sources: np.ndarray) -> np.ndarray:
        """Leave out sources, the last axis, that are in no stem."""
        return sources if len(self._used) == sources.shape[-1] else sources[..., self._used]

    def mix(self, pieces: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Yield the stems (samples, channels, stems) from what `choose` returned."""
        plain = np.array_equal(self._of_sources, np.eye(len(self._used)))
        for piece in pieces:
            if self._of_mixture.any():
                mixture = self._next(len(piece))[..., None]
                stems = piece @ self._of_sources.T + mixture * self._of_mixture
            else:
                stems = piece if plain else piece @ self._of_sources.T
            with np.errstate(over="ignore"):  # infinite, as who asked for the stems is told
                stems = stems.astype(np.float32, copy=False)
            yield stems

    def _next(self, samples: int) -> np.ndarray:
        taken = []
        while samples:
            chunk = self._heard.popleft()
            if len(chunk) > samples:
                self._heard.appendleft(chunk[samples:])
                chunk = chunk[:samples]
            samples -= len(chunk)
            taken.append(chunk)
        return np.concatenate(taken) if taken else np.zeros((0, 1), np.float32)
