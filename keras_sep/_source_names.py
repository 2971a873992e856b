"""Names of sources, which are names of files too."""

import unicodedata
from collections.abc import Iterable
from typing import Any

from keras_sep._brief import brief

# A file's name has 255 bytes, and the suffix and what marks an unfinished file need some of them.
MAX_BYTES = 200
# the name of what the sources add up to, among files, streams and gains
MIXTURE = "mixture"


def require_source_names(names: Iterable[Any], what: str = "source_names") -> tuple[str, ...]:
    """Return source names as a tuple, or raise a `ValueError` if one cannot be a file name.

    Args:
        names: The names, one per source.
        what: The argument or key that they were given as, for messages.

    Example:

    >>> require_source_names(["vocals", "drums"])
    ('vocals', 'drums')
    >>> require_source_names(["vocals", "../drums"])
    Traceback (most recent call last):
    ValueError: `source_names` must be file names, for `<name>.wav`: '../drums' holds a slash
    """
    if isinstance(names, (str, bytes)) or not isinstance(names, Iterable):
        hint = f": ({brief(names)},)" if isinstance(names, str) else ""
        raise ValueError(
            f"`{what}` must be several names, or a tuple of one{hint}. "
            f"Received: {what}={brief(names)}"
        )
    names = tuple(names)
    for name in names:
        if problem := _problem(name):
            raise ValueError(
                f"`{what}` must be file names, for `<name>.wav`: {brief(name)} {problem}"
            )
    return names


def _problem(name: Any) -> str | None:
    if not isinstance(name, str):
        return f"is not text but {type(name).__name__}: put it in quotes"
    if not name.strip():
        return "is empty"
    if "/" in name or "\\" in name:
        return "holds a slash"
    if name.startswith("."):
        return "begins with a dot, as hidden files do"
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in name):
        return "holds a control character or half a letter"
    if len(name.encode()) > MAX_BYTES:
        return f"has {len(name.encode())} bytes, more than the {MAX_BYTES} that leave room for .wav"
    return None
