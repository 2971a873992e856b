"""Levels on standard error while a stream runs."""

import contextlib
import math
import threading
from collections.abc import Callable, Iterator

import numpy as np
from tqdm import tqdm

REDRAWN_S = 0.1
_QUIETEST_DB = -99.9


class Level:
    """The loudest sample and the mean power of what has been added since it was last read.

    Example:

    >>> level = Level()
    >>> level.add(np.array([[0.5], [-0.5]]))
    >>> level.read_dbfs()
    (-6.020599913279624, -6.020599913279624)
    """

    def __init__(self) -> None:
        self._sums = (0.0, 0.0, 0)
        self._shown = (_QUIETEST_DB, _QUIETEST_DB)

    def add(self, samples: np.ndarray) -> None:
        """Count samples of any shape, full scale being 1."""
        peak, power, count = self._sums
        peak = max(peak, float(np.abs(samples).max(initial=0.0)))
        self._sums = peak, power + float(np.square(samples).sum()), count + samples.size

    def read_dbfs(self) -> tuple[float, float]:
        """Peak and root mean square in decibels of full scale; if nothing is new, those before."""
        (peak, power, count), self._sums = self._sums, (0.0, 0.0, 0)
        if count:
            self._shown = _decibels(peak), _decibels(math.sqrt(power / count))
        return self._shown


@contextlib.contextmanager
def level_meter(given: Level, made: Level, more: Callable[[], str]) -> Iterator[None]:
    """Show two levels in one line of standard error, if that is a terminal, until the end.

    Args:
        given: Level of what comes.
        made: Level of what goes out.
        more: Function that returns the rest of the line.
    """
    with tqdm(bar_format="{desc}", leave=False, disable=None, dynamic_ncols=True) as line:
        if line.disable:
            yield
            return
        done = threading.Event()

        def redraw() -> None:
            while not done.wait(REDRAWN_S):
                levels = (
                    f"{name} {rms:5.1f} peak {peak:5.1f}"
                    for name, (peak, rms) in (("in", given.read_dbfs()), ("out", made.read_dbfs()))
                )
                line.set_description_str(f"{'  '.join(levels)} dBFS  {more()}")

        clock = threading.Thread(target=redraw, daemon=True)
        clock.start()
        try:
            yield
        finally:
            done.set()
            clock.join()  # or it might redraw a line that has been removed


def _decibels(amplitude):
    return max(_QUIETEST_DB, 20 * math.log10(amplitude)) if amplitude > 0 else _QUIETEST_DB
