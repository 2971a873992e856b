"""Atomic writing of files, and errors of the disk."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from keras_sep._hidden_folder import hidden_folder
from keras_sep._printable import printable


@contextlib.contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """Turn errors of a full or read-only disk into a one-line `ValueError` that names the file."""
    try:
        yield
    except (OSError, RuntimeError) as error:  # HDF5 raises either
        reason = " ".join(str(getattr(error, "strerror", None) or error).split())
        raise ValueError(f"{printable(path)}: not written ({reason})") from error


def in_the_way(path: Path) -> str:
    """Describe what prevents a file of this name: a folder, a pipe or a device; else empty."""
    if path.is_dir():
        return "cannot be written (a folder has this name)"
    if path.exists() and not path.is_file():
        return "cannot be written (a pipe or a device has this name; choose that of a file)"
    return ""


def replace_whole(path: Path, write: Callable[[Path], Any]) -> None:
    """Let `write` fill a file and move it to `path`; on errors the old file stays.

    The file has the same name in its own hidden folder: if several processes write one path,
    the last to finish wins, with a complete file.
    """
    with writing(path), contextlib.ExitStack() as stack:
        if problem := in_the_way(path):
            raise ValueError(f"{printable(path)}: {problem}")
        hidden = stack.enter_context(hidden_folder(path.parent))
        partial = hidden / path.name
        write(partial)
        with partial.open("rb+") as file:
            os.fsync(file.fileno())  # or a power cut could leave an empty file of this name
        os.replace(partial, path)
