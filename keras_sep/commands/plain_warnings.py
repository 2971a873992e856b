"""The package's warnings in one line."""

import contextlib
import os
import warnings
from collections.abc import Iterator

import keras_sep
from keras_sep._printable import printable

_PACKAGE = os.path.join(os.path.dirname(os.path.abspath(keras_sep.__file__)), "")


@contextlib.contextmanager
def plain_warnings() -> Iterator[None]:
    """Print the package's own warnings without their line of code."""
    usual = warnings.formatwarning

    def formatted(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        line: str | None = None,
    ) -> str:
        if os.path.abspath(filename).startswith(_PACKAGE) and issubclass(category, UserWarning):
            return f"{printable(message)}\n"
        return usual(message, category, filename, lineno, line)

    warnings.formatwarning = formatted
    try:
        yield
    finally:
        warnings.formatwarning = usual
