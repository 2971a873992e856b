"""Names from outside on their way to a terminal."""

import sys
import unicodedata


def printable(text: object) -> str:
    """Return a text with its control characters escaped.

    A file's name may hold sequences that a terminal obeys.

    Example:

    >>> print(printable("\\x1b[2Ja name.wav"))
    \\x1b[2Ja name.wav
    """
    return "".join(
        letter.encode("unicode_escape").decode()
        if unicodedata.category(letter) in ("Cc", "Cs")  # and what stands for undecodable bytes
        else letter
        for letter in str(text)
    )


def say(*lines: object) -> None:
    """Print lines to stderr, their control characters escaped."""
    print(*map(printable, lines), sep="\n", file=sys.stderr, flush=True)
