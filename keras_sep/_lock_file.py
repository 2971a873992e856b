"""Lock files, which the operating system releases when their process ends, however it ends."""

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

_UNSUPPORTED = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP)  # of some network file systems
_BEYOND = 1 << 20  # Windows forbids others to read what is locked: not the process number, then


@contextlib.contextmanager
def lock(path: Path) -> Iterator[bool]:
    """Hold a lock file, which is removed afterwards; one that a killed process left locks nothing.

    Yields:
        Whether it is held for certain: some network file systems know no locks.

    Raises:
        BlockingIOError: If another process holds it, or another part of this one.
    """
    while True:
        with path.open("a+") as file:
            try:
                certain = True
                _lock(file)
            except BlockingIOError:
                raise
            except OSError as error:
                if error.errno not in _UNSUPPORTED:
                    raise
                certain = False
            if not os.fstat(file.fileno()).st_nlink:
                continue  # its holder has removed it since it was opened
            try:
                file.truncate(0)
                file.write(f"{os.getpid()}\n")
                file.flush()
                yield certain
                return
            finally:
                with contextlib.suppress(OSError):  # Windows keeps what is open
                    path.unlink(missing_ok=True)


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> None:
        file.seek(_BEYOND)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError from error
        file.seek(0)

else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
