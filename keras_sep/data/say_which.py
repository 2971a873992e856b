"""Telling on standard error what was done to some of many files or tracks."""

import sys
from collections.abc import Sequence
from pathlib import Path


def say_which(place: Path, what: str, lines: Sequence[str]) -> None:
    """Name each of what was left out or changed; nothing is said of none.

    Args:
        place: Where they are.
        what: What was done to how many of them.
        lines: Each of them, and why.
    """
    if lines:
        print(f"{place}: {what}:", *(f"  {line}" for line in lines), sep="\n", file=sys.stderr)
