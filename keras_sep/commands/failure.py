"""Printing errors: their message and, on request, their traceback."""

import os
import re
import traceback

from keras_sep._brief import cut
from keras_sep._printable import printable, say
from keras_sep._tensorflow import tensorflow_errors

TRACEBACK = "KERAS_SEP_TRACEBACK"
_LONGEST = 4000  # characters

_IN_PYTHON = re.compile(r" \(in Python `[^`]*`\)")
_OPTIONS = {
    "`bit_rate_kbps`": "--bit-rate",
    "`block_seconds`": "--block-seconds",
    "`context_seconds`": "--context-seconds",
    "`shifts`": "--shifts",
}

# printed as they are; TensorFlow's own errors are mostly about memory
_PLAIN = (ValueError, OSError, ImportError, MemoryError, RuntimeError)


def say_failure(error: Exception, name: str, joint: str = "\n") -> None:
    """Print an error, and its traceback if KERAS_SEP_TRACEBACK is set.

    Args:
        error: Error to print.
        name: Name of the item or command that failed.
        joint: Text between its lines. Default: newline.
    """
    if os.environ.get(TRACEBACK):
        traceback.print_exception(error)
    say(*failure_line(error, name, joint).split("\n"))


def failure_line(error: Exception, name: str, joint: str) -> str:
    """Return the message of an error, which names the item or command that failed."""
    name, text = printable(name), in_words(error, joint)
    return text if name in text else f"{name}: {text}"


def in_words(error: Exception, joint: str = "\n") -> str:
    """Return the message of an error, without control characters and what is for Python.

    The type is named, too, of an error that no user's mistake should raise.

    Example:

    >>> in_words(ValueError("`shifts` must be a positive integer"))
    '--shifts must be a positive integer'
    >>> in_words(ValueError("there; give --overwrite (in Python `overwrite=True`)"))
    'there; give --overwrite'
    """
    if isinstance(error, OSError) and error.strerror:
        where = "" if error.filename is None else f"{printable(error.filename)}: "
        text = where + error.strerror
    else:
        lines = (printable(line.strip()) for line in str(error).splitlines())
        text = joint.join(line for line in lines if line)
    if isinstance(error, MemoryError):
        text = f"not enough memory ({text})" if text else "not enough memory"
    elif isinstance(error, RecursionError) or not isinstance(error, _PLAIN + tensorflow_errors()):
        text = f"{type(error).__name__}: {text} (unexpected; {TRACEBACK}=1 shows where)"
    text = _IN_PYTHON.sub("", text) or type(error).__name__
    for name, option in _OPTIONS.items():
        text = text.replace(name, option)
    return cut(text, _LONGEST)
