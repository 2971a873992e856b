"""Handling output that is closed, cannot encode a name or has lost its reader."""

import contextlib
import io
import os
import sys
from collections.abc import Iterator


def open_streams() -> None:
    """Make stdout and stderr usable, however the shell has set them up.

    Closed ones (`2>&-`) are discarded, and files opened later do not get their numbers, which
    libraries write to. A name that the terminal cannot show is printed with escapes.
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


@contextlib.contextmanager
def written_streams() -> Iterator[None]:
    """Raise an `OSError` if output printed inside the block does not reach its reader."""
    try:
        yield
    except SystemExit:  # from --help and --version
        _flush()
        raise
    _flush()


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()


def last_words(*lines: str) -> None:
    """Print lines to stderr as far as possible, and discard the rest.

    Otherwise Python complains at exit about output that cannot be written.
    """
    with contextlib.suppress(OSError):
        for line in lines:
            print(line, file=sys.stderr)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            with contextlib.suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
