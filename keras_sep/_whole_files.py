"""Files that are written whole or not at all, and what is said when the disk refuses."""

import contextlib
import os
import secrets
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
    """Let `write` fill a file beside `path` and move it there, or leave what was there.

    The file beside it is of this call alone: of several processes that write one path, the last
    one to end wins, with a whole file.
    """
    partial = path.with_name(f".partial-{os.getpid()}-{secrets.token_hex(4)}{path.suffix}")
    with writing(path):
        try:
            write(partial)
            with partial.open("rb+") as file:
                os.fsync(file.fileno())  # or a power cut leaves an empty file under this name
            os.replace(partial, path)
        finally:
            with contextlib.suppress(OSError):  # a read-only disk refuses this, too
                partial.unlink(missing_ok=True)
