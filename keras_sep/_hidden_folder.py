"""Folders for unfinished files, removed afterwards, or by the next process after a kill."""

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from keras_sep._lock_file import lock

_PREFIX = ".unfinished-"
_LOCK = ".lock"


@contextlib.contextmanager
def hidden_folder(parent: Path) -> Iterator[Path]:
    """Make a hidden folder in `parent` that is removed afterwards, whatever happens.

    A process that is killed leaves its folder behind, and no longer holds the lock in it: then
    the next call for the same `parent` removes it. The folder of a living process is left alone.

    Args:
        parent: Existing folder, in which the finished file or folder will be.

    Example:

    >>> import tempfile
    >>> parent = Path(tempfile.mkdtemp())
    >>> with hidden_folder(parent) as hidden:
    ...     _ = (hidden / "song.wav").write_bytes(b"half of it")
    ...     hidden.parent == parent
    True
    >>> list(parent.iterdir())
    []
    """
    remove_abandoned(parent)
    with contextlib.ExitStack() as stack:
        while True:
            hidden = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
            stack.callback(shutil.rmtree, hidden, ignore_errors=True)
            # another process that cleans up may be faster than the lock
            with contextlib.suppress(BlockingIOError, FileNotFoundError):
                stack.enter_context(lock(hidden / _LOCK))
                break
        yield hidden


def remove_abandoned(parent: Path) -> None:
    """Remove the hidden folders in `parent` whose processes were killed, as far as that can be.

    Those of other users are left alone: in a folder for all, as for temporary files, a link in
    them might lead to a file of ours.
    """
    for folder in parent.glob(f"{_PREFIX}*"):
        # BlockingIOError: it belongs to a living process
        with contextlib.suppress(OSError):
            if not _is_own(folder):
                continue
            with lock(folder / _LOCK) as certain:
                if certain:
                    shutil.rmtree(folder, ignore_errors=True)


def _is_own(folder: Path) -> bool:
    status = folder.lstat()
    user = os.getuid() if hasattr(os, "getuid") else status.st_uid  # Windows has none
    return stat.S_ISDIR(status.st_mode) and status.st_uid == user
