"""The residual of a stream of stems."""

from collections import deque
from collections.abc import Iterable, Iterator

import numpy as np


class Residual:
    """Replace the last stem of a stream by the mixture minus the other stems.

    A model returns its residual at its own rate and channels. What else the file holds, above all
    the band beyond the model's rate, belongs to the residual, too: stems and residual add up to the
    file. Samples that have been read but not yet separated are kept.

    Example:

    >>> import numpy as np
    >>> residual = Residual()
    >>> list(residual.listen([np.ones((11, 2), "float32")]))[0].shape
    (11, 2)
    >>> stems = np.full((11, 2, 3), 0.25, "float32")
    >>> next(residual.fill([stems]))[0, 0].tolist()
    [0.25, 0.25, 0.5]
    """

    def __init__(self) -> None:
        self._heard: deque[np.ndarray] = deque()

    def listen(self, chunks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Yield the pieces (samples, channels) of the mixture unchanged, and remember them."""
        for chunk in chunks:
            self._heard.append(chunk)
            yield chunk

    def fill(self, pieces: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Yield the stems (samples, channels, sources), the last one replaced."""
        for piece in pieces:
            stems = piece[..., :-1].sum(axis=-1, dtype=np.float64)
            piece[..., -1] = self._next(len(piece)) - stems
            yield piece

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
