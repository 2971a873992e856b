"""One writer to a folder at a time."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from keras_sep._lock_file import lock
from keras_sep._whole_files import writing

LOCK = ".lock"


@contextlib.contextmanager
def only_writer(folder: Path, what: str) -> Iterator[None]:
    """Lock `folder` against other processes that write into it, or raise if one does so already.

    Args:
        folder: Existing folder.
        what: Noun for the process that writes into it, for the message.
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
