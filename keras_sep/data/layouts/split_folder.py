"""Finding the folder of a split of a data set."""

from pathlib import Path

from keras_sep._printable import printable

TRAIN, VALID = "train", "valid"
_LIKE_VALID = ("validation", "val", "dev")


def split_folder(root: Path, split: str) -> Path | None:
    """The folder of a split, or None; see `split_folders` for its possible names.

    Raises:
        ValueError: If several may be meant and none has exactly the name.
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
    """The folder of that name, or else all that may be meant.

    Case is ignored, and "valid" may also be called validation, val or dev.
    """
    if (root / split).is_dir():
        return [root / split]
    if not root.is_dir():
        return []
    names = (split, *_LIKE_VALID) if split == VALID else (split,)
    return sorted(path for path in root.iterdir() if path.name.lower() in names and path.is_dir())
