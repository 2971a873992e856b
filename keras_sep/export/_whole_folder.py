"""A folder that is complete or absent."""

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

from keras_sep._hidden_folder import hidden_folder
from keras_sep._new_folder import new_folder
from keras_sep._printable import printable


@contextlib.contextmanager
def whole_folder(final: Path, overwrite: bool, exists: FileExistsError) -> Iterator[Path]:
    """Yield a temporary folder that becomes `final` if the block succeeds.

    The block fills a hidden folder beside it, which is renamed at the end. If the block raises, the
    hidden folder is removed and whatever was at `final` stays; if the process is killed, the next
    export beside it removes the hidden folder.

    Args:
        final: Path of the folder.
        overwrite: Whether to replace an existing folder. An empty one is always replaced.
        exists: What to raise if there is a folder with something in it that must not be replaced.
    """
    if final.exists() and not final.is_dir():
        raise FileExistsError(f"{printable(final)}: a file is in the way of the export")
    if not overwrite and final.is_dir() and any(final.iterdir()):
        raise exists
    with new_folder(final.parent), hidden_folder(final.parent) as working:
        filled = working / "new"
        filled.mkdir()
        yield filled
        if overwrite and final.is_dir() and any(final.iterdir()):
            _swap(filled, final, working / "old")
        else:
            _rename(filled, final, exists)


def _rename(filled: Path, final: Path, exists: FileExistsError) -> None:
    try:
        filled.rename(final)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        raise exists from None  # another process was faster


def _swap(filled: Path, final: Path, aside: Path) -> None:
    """Put `filled` in the place of `final`, or leave `final` as it was."""
    final.rename(aside)
    try:
        filled.rename(final)
    except OSError:
        aside.rename(final)
        raise
