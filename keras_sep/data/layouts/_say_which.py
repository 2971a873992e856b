"""Reporting on standard error what was done to some of many files or tracks."""

from collections.abc import Sequence
from pathlib import Path

from keras_sep._printable import say


def say_which(place: Path, what: str, lines: Sequence[str]) -> None:
    """Report each file or track that was left out or changed; nothing if there is none.

    Args:
        place: Folder or list that they are in.
        what: Summary: what was done to how many.
        lines: Reason for each, one line each.
    """
    if lines:
        say(f"{place}: {what}:", *(f"  {line}" for line in lines))
