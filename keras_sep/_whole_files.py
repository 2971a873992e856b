"""Files that are written whole or not at all, and what is said when the disk refuses."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


@contextlib.contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """Turn what a full or read-only disk raises into a `ValueError` of one line with the file."""
    try:
        yield
    except (OSError, RuntimeError) as error:  # HDF5 raises either
        reason = " ".join(str(getattr(error, "strerror", None) or error).split())
        raise ValueError(f"{path}: not written ({reason})") from error


def replace_whole(path: Path, write: Callable[[Path], Any]) -> None:
    """Let `write` fill a file beside `path` and move it there, or leave what was there."""
    partial = path.with_name(f".partial.{path.name}")
    with writing(path):
        try:
            write(partial)
            os.replace(partial, path)
        finally:
            with contextlib.suppress(OSError):  # a read-only disk refuses this, too
                partial.unlink(missing_ok=True)
