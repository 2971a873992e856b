"""One writer to a folder at a time."""

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from keras_sep._whole_files import writing

LOCK = ".lock"
_UNSUPPORTED = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP)  # of some network file systems
_BEYOND = 1 << 20  # Windows forbids others to read what is locked: not the process number, then


@contextlib.contextmanager
def only_writer(folder: Path, what: str) -> Iterator[None]:
    """Keep other processes from writing into `folder`, or raise where one does so already.

    The operating system lets go of the lock when the process ends, however it ends; the file
    `.lock` that stays behind keeps nobody out.

    Args:
        folder: an existing folder.
        what: name of what writes into it, for the message.
    """
    path = folder / LOCK
    with contextlib.ExitStack() as stack:
        with writing(path):
            file = stack.enter_context(path.open("a+"))
        try:
            _lock(file)
        except OSError as error:
            if error.errno not in _UNSUPPORTED:
                file.seek(0)
                process = file.read().strip() or "unknown"
                raise ValueError(
                    f"{folder}: another {what} (process {process}) writes into this folder: "
                    "wait for it, stop it or choose another folder"
                ) from None
        with writing(path):
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
        yield


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> None:
        file.seek(_BEYOND)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.seek(0)

else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
