"""A folder that is removed again if nothing is written into it."""

import contextlib
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def new_folder(folder: Path) -> Iterator[None]:
    """Make a folder and its parents; new ones that stay empty are removed again.

    Args:
        folder: Path of the folder, which may exist.

    Example:

    >>> import tempfile
    >>> root = Path(tempfile.mkdtemp())
    >>> with new_folder(root / "stems" / "song"):
    ...     (root / "stems" / "song").is_dir()
    True
    >>> list(root.iterdir())
    []
    """
    new = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # one that holds something stays
            for path in new:
                path.rmdir()
