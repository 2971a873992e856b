"""Where a split of a data set lies."""

from pathlib import Path

from keras_sep._printable import printable

TRAIN, VALID = "train", "valid"
_LIKE_VALID = ("validation", "val", "dev")


def split_folder(root: Path, split: str) -> Path | None:
    """The folder of a split, or None; validation may also be called validation, val or dev.

    Raises:
        ValueError: If there are several that may be the validation, and none is called `valid`.
    """
    if (root / split).is_dir():
        return root / split
    found = [root / name for name in _LIKE_VALID if split == VALID and (root / name).is_dir()]
    if len(found) > 1:
        raise ValueError(
            f"{printable(root)}: one folder must be the validation, called `{VALID}`. "
            f"Received: {', '.join(path.name for path in found)}"
        )
    return found[0] if found else None
