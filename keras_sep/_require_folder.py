"""A folder that is wanted, or what is in its place."""

from pathlib import Path

from keras_sep._printable import printable


def require_folder(path: Path, what: str = "folder") -> None:
    """Raise a ValueError unless there is such a folder.

    Args:
        path: the folder.
        what: name of what is missing where there is nothing.

    Example:

    >>> require_folder(Path("/dev/null"))
    Traceback (most recent call last):
    ValueError: /dev/null: not a folder
    """
    if not path.is_dir():
        raise ValueError(
            f"{printable(path)}: {'not a folder' if path.exists() else f'no such {what}'}"
        )
