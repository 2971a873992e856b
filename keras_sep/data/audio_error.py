"""The one error that bad audio raises."""

import re
from pathlib import Path

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class AudioError(ValueError):
    """An audio file that cannot be read or written, said in one line that names it.

    Args:
        path: The file.
        problem: What is wrong with it, without a final full stop.

    Example:

    >>> raise AudioError("song/vocals.wav", "no such file")
    Traceback (most recent call last):
    keras_sep.data.audio_error.AudioError: song/vocals.wav: no such file
    """

    def __init__(self, path: str | Path, problem: str):
        super().__init__(path, problem)
        self.path = Path(path)
        self.problem = " ".join(str(problem).split())

    def __str__(self) -> str:
        return printable(f"{self.path}: {self.problem}")


def printable(text: str) -> str:
    """Text as any terminal takes it: control characters, and bytes that are no UTF-8, as escapes.

    Example:

    >>> print(printable("caf\\udce9.wav"))  # what Python calls a file named in Latin-1
    caf\\xe9.wav
    """
    return _UNPRINTABLE.sub(lambda match: _escaped(ord(match[0])), text)


def _escaped(code: int) -> str:
    return f"\\x{code & 0xFF:02x}" if code < 0xA0 or code >= 0xDC80 else f"\\u{code:04x}"
