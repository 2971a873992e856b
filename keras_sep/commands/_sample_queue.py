"""Samples between the thread of a sound device, which must not wait, and that of the model."""

import threading
from collections import deque

import numpy as np

_WAKE_S = 0.05  # how soon an end is seen that a signal has set


class SampleQueue:
    """A bounded queue of samples, from one thread to another.

    A sound device calls `offer` or `take`, which do not wait; the model's side calls `get` or
    `put`, which do.

    Args:
        channels: Number of channels.
        most: Number of samples that may wait.

    Attributes:
        ended: Whether no more samples come.
        dropped: Number of samples that were lost.
        gaps: Number of places at which samples were lost.

    Example:

    >>> queue = SampleQueue(channels=1, most=100)
    >>> queue.offer(np.ones((30, 1)))
    >>> queue.get(20).shape, len(queue)
    ((20, 1), 10)
    """

    def __init__(self, channels: int, most: int):
        self.ended = False
        self.dropped = 0
        self.gaps = 0
        self._most = most
        self._pieces: deque[np.ndarray] = deque()
        self._nothing = np.zeros((0, channels), "float32")
        self._waiting = 0
        self._changed = threading.Condition()

    def __len__(self) -> int:
        return self._waiting

    def offer(self, samples: np.ndarray) -> None:
        """Append a copy. If there is no room, what waits is lost."""
        with self._changed:
            if self._waiting and self._waiting + len(samples) > self._most:
                self.drop(self._waiting)
            self._append(np.array(samples, "float32"))

    def put(self, samples: np.ndarray) -> None:
        """Append as soon as there is room, or nothing waits."""
        with self._changed:
            while self._waiting and self._waiting + len(samples) > self._most and not self.ended:
                self._changed.wait(_WAKE_S)
            self._append(samples)

    def get(self, samples: int) -> np.ndarray:
        """So many samples, for which it waits; fewer at the end."""
        with self._changed:
            while self._waiting < samples and not self.ended:
                self._changed.wait(_WAKE_S)
            return self.take(samples)

    def take(self, samples: int) -> np.ndarray:
        """At most so many samples, at once."""
        with self._changed:
            taken = [self._nothing]
            while samples > 0 and self._pieces:
                piece = self._pieces.popleft()
                if len(piece) > samples:
                    self._pieces.appendleft(piece[samples:])
                    piece = piece[:samples]
                taken.append(piece)
                samples -= len(piece)
                self._waiting -= len(piece)
            self._changed.notify_all()
        return np.concatenate(taken)

    def drop(self, samples: int) -> None:
        """Lose so many samples."""
        lost = len(self.take(samples))
        self.dropped += lost
        self.gaps += lost > 0

    def end(self) -> None:
        """Say that no more samples come. A signal handler may, too: it takes no lock."""
        self.ended = True

    def _append(self, samples):
        if len(samples):
            self._pieces.append(samples)
            self._waiting += len(samples)
            self._changed.notify_all()
