"""Files that are written whole or not at all, and what is said when the disk refuses."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from keras_sep._hidden_folder import hidden_folder
from keras_sep._printable import printable


@contextlib.contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """Turn what a full or read-only disk raises into a `ValueError` of one line with the file."""
    try:
        yield
    except (OSError, RuntimeError) as error:  # HDF5 raises either
        reason = " ".join(str(getattr(error, "strerror", None) or error).split())
        raise ValueError(f"{printable(path)}: not written ({reason})") from error


def in_the_way(path: Path) -> str:
    """What keeps a file from taking this name: a folder, a pipe or a device; else nothing."""
    if path.is_dir():
        return "cannot be written (a folder has this name)"
    if path.exists() and not path.is_file():
        return "cannot be written (a pipe or a device has this name; choose that of a file)"
    return ""


def replace_whole(path: Path, write: Callable[[Path], Any]) -> None:
    """Let `write` fill a file and move it to `path`, or leave what was there.

    The file has the same name in a hidden folder of this call alone: of several processes that
    write one path, the last one to end wins, with a whole file.
    """
    with writing(path), contextlib.ExitStack() as stack:
        if problem := in_the_way(path):
            raise ValueError(f"{printable(path)}: {problem}")
        hidden = stack.enter_context(hidden_folder(path.parent))
        partial = hidden / path.name
        write(partial)
        with partial.open("rb+") as file:
            os.fsync(file.fileno())  # or a power cut leaves an empty file under this name
        os.replace(partial, path)
