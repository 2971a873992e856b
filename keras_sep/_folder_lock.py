"""One writer to a folder at a time."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from keras_sep._lock_file import lock
from keras_sep._whole_files import writing

LOCK = ".lock"


@contextlib.contextmanager
def only_writer(folder: Path, what: str) -> Iterator[None]:
    """Keep other processes from writing into `folder`, or raise where one does so already.

    Args:
        folder: an existing folder.
        what: name of what writes into it, for the message.
    """
    path = folder / LOCK
    with contextlib.ExitStack() as stack:
        with writing(path):
            try:
                stack.enter_context(lock(path))
            except BlockingIOError:
                raise ValueError(
                    f"{folder}: another {what} (process {_holder(path)}) writes into this folder: "
                    "wait for it, stop it or choose another folder"
                ) from None
        yield


def _holder(path: Path) -> str:
    try:
        return path.read_text().strip() or "unknown"
    except (OSError, ValueError):
        return "unknown"
