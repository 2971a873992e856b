"""Asking again, later and later."""

import random
import threading
import time
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from keras_sep._brief import counted
from keras_sep.client.server_error import Busy, Refused

FIRST_SECONDS, MOST_SECONDS = 0.25, 8.0

Answer = TypeVar("Answer")


class Patience(NamedTuple):
    """How often a request is sent.

    Args:
        attempts: Number of attempts.
        stopped: Event that ends all waiting.
    """

    attempts: int
    stopped: threading.Event

    def __call__(self, ask: Callable[[], Answer]) -> Answer:
        """Return what `ask` returns, once it does not raise `Busy`.

        Between attempts it waits a quarter of a second, then twice as long each time, up to eight
        seconds, or as long as the server wishes; half of it is random, so that clients that were
        refused together do not come back together.

        Raises:
            Refused: After the last attempt.
        """
        begun = time.monotonic()
        for attempt in range(1, self.attempts + 1):
            try:
                return ask()
            except Busy as busy:
                if attempt < self.attempts and not self.stopped.wait(_delay(attempt, busy)):
                    continue
                tried = counted(attempt, "attempt")
                seconds = time.monotonic() - begun
                raise Refused(f"{busy} ({tried} in {seconds:.1f} s)") from busy
        raise AssertionError("`attempts` is at least one")


def _delay(attempt: int, busy: Busy) -> float:
    delay = min(MOST_SECONDS, FIRST_SECONDS * 2 ** (attempt - 1))
    delay *= random.uniform(0.5, 1)
    return max(delay, min(busy.after_seconds or 0, 60.0))
