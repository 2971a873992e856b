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


def replace_whole(path: Path, write: Callable[[Path], Any]) -> None:
    """Let `write` fill a file and move it to `path`, or leave what was there.

    The file has the same name in a hidden folder of this call alone: of several processes that
    write one path, the last one to end wins, with a whole file.
    """
    with writing(path), hidden_folder(path.parent) as hidden:
        partial = hidden / path.name
        write(partial)
        with partial.open("rb+") as file:
            os.fsync(file.fileno())  # or a power cut leaves an empty file under this name
        os.replace(partial, path)
