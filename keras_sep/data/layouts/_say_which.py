"""Telling on standard error what was done to some of many files or tracks."""

from collections.abc import Sequence
from pathlib import Path

from keras_sep._printable import say


def say_which(place: Path, what: str, lines: Sequence[str]) -> None:
    """Name each of what was left out or changed; nothing is said of none.

    Args:
        place: Where they are.
        what: What was done to how many of them.
        lines: Each of them, and why.
    """
    if lines:
        say(f"{place}: {what}:", *(f"  {line}" for line in lines))
