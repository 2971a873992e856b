"""Names from outside, made safe for a terminal."""

import contextlib
import re
import sys
from collections.abc import Iterator

from tqdm import tqdm

_silences: list[None] = []
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def printable(text: object) -> str:
    """Text safe for any terminal: control characters and bytes that are not UTF-8 as escapes.

    A file's name may hold control sequences of a terminal.

    Example:

    >>> print(printable("\\x1b[2Ja name.wav"))
    \\x1b[2Ja name.wav
    >>> print(printable("caf\\udce9.wav"))  # what Python calls a file named in Latin-1
    caf\\xe9.wav
    """
    return _UNPRINTABLE.sub(lambda match: _escaped(ord(match[0])), str(text))


def _escaped(code: int) -> str:
    if code < 0x100 or 0xDC80 <= code < 0xDD00:  # a byte
        return f"\\x{code & 0xFF:02x}"
    return f"\\u{code:04x}"


def say(*lines: object) -> None:
    """Print lines to stderr, above progress bars, their control characters escaped."""
    if _silences:
        return
    with tqdm.external_write_mode(file=sys.stderr):
        print(*map(printable, lines), sep="\n", file=sys.stderr, flush=True)


@contextlib.contextmanager
def silent() -> Iterator[None]:
    """Let `say` print nothing in the block, in a process that is one of several."""
    _silences.append(None)
    try:
        yield
    finally:
        _silences.pop()
