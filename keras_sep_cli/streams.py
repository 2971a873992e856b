"""Output that is closed, cannot encode a name or has lost its reader."""

import contextlib
import io
import os
import sys


def open_streams() -> None:
    """Make stdout and stderr usable whatever the shell has made of them.

    Closed ones (`2>&-`) lead nowhere, and files that are opened later do not take their numbers,
    which libraries write to. A name that the terminal cannot show is printed with escapes.
    """
    for number, name in ((0, "stdin"), (1, "stdout"), (2, "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
        stream = getattr(sys, name)
        if stream is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))
        elif isinstance(stream, io.TextIOWrapper) and name != "stdin":
            stream.reconfigure(errors="backslashreplace")


def require_written() -> None:
    """Raise an `OSError` if what was printed does not reach its reader."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()


def silence_broken() -> None:
    """Let what cannot be written any more go nowhere, or Python complains when it ends."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            with contextlib.suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
