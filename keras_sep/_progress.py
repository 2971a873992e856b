"""Progress on stderr with a clock that always runs."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from tqdm import tqdm

from keras_sep._printable import printable


@contextlib.contextmanager
def progress_bar(total: int, description: str, unit: str = "", **looks: Any) -> Iterator[tqdm]:
    """Show a bar on stderr, if that is a terminal, redrawn twice a second.

    Args:
        total: Number of items.
        description: Text before the bar.
        unit: Noun for one item. Default: none.
        **looks: Arguments of `tqdm`.
    """
    with (
        tqdm(total=total, desc=printable(description), unit=unit, disable=None, **looks) as bar,
        _redrawn(bar),
    ):
        yield bar


@contextlib.contextmanager
def waiting(description: str) -> Iterator[None]:
    """Show a running count of seconds on stderr, if that is a terminal.

    Args:
        description: Text of the line, which is removed at the end.

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
        clock.join()  # or it might redraw a bar that has been removed
