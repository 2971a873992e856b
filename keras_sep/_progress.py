"""Progress on stderr whose clock runs although nothing else moves."""

import contextlib
import threading
from collections.abc import Iterator

from tqdm import tqdm

from keras_sep._printable import printable


@contextlib.contextmanager
def progress_bar(total: int, description: str, unit: str) -> Iterator[tqdm]:
    """Show a bar on stderr, if that is a terminal, redrawn twice a second.

    Args:
        total: Number of items.
        description: What is being done to them.
        unit: What one of them is called.
    """
    with (
        tqdm(total=total, desc=printable(description), unit=unit, disable=None) as bar,
        _redrawn(bar),
    ):
        yield bar


@contextlib.contextmanager
def waiting(description: str) -> Iterator[None]:
    """Count the seconds on stderr, if that is a terminal, of what has no items to count.

    Args:
        description: What is being done; the line goes once it has been.

    Example:

    >>> with waiting("loading band.keras"):
    ...     pass
    """
    with (
        tqdm(
            desc=printable(description), bar_format="{desc} [{elapsed}]", leave=False, disable=None
        ) as bar,
        _redrawn(bar),
    ):
        yield


@contextlib.contextmanager
def _redrawn(bar: tqdm) -> Iterator[None]:
    done = threading.Event()

    def redraw() -> None:
        while not done.wait(0.5):
            bar.refresh()

    if bar.disable:
        yield
        return
    clock = threading.Thread(target=redraw, daemon=True)
    clock.start()
    try:
        yield
    finally:
        done.set()
        clock.join()  # or it might draw what has just been taken away
