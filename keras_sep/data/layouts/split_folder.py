"""Where a split of a data set lies."""

from pathlib import Path

from keras_sep._printable import printable

TRAIN, VALID = "train", "valid"
_LIKE_VALID = ("validation", "val", "dev")


def split_folder(root: Path, split: str) -> Path | None:
    """The folder of a split, or None; `split_folders` says what it may be called.

    Raises:
        ValueError: If there are several that may be it, and none is called by its plain name.
    """
    found = split_folders(root, split)
    if len(found) > 1:
        what = "validation" if split == VALID else f"split `{split}`"
        raise ValueError(
            f"{printable(root)}: one folder must be the {what}, called `{split}`. "
            f"Received: {', '.join(printable(path.name) for path in found)}"
        )
    return found[0] if found else None


def split_folders(root: Path, split: str) -> list[Path]:
    """The folder of that name, or else those that may be meant by it.

    Upper and lower case are one, and validation may also be called validation, val or dev.
    """
    if (root / split).is_dir():
        return [root / split]
    if not root.is_dir():
        return []
    names = (split, *_LIKE_VALID) if split == VALID else (split,)
    return sorted(path for path in root.iterdir() if path.name.lower() in names and path.is_dir())
