"""A file that is exported whole or not at all."""

import os
from pathlib import Path
from typing import Any

from keras_sep._new_folder import new_folder
from keras_sep._printable import printable
from keras_sep._whole_files import replace_whole

WEIGHTS = ("float32", "float16", "int8")


def require_place(path: str | os.PathLike, suffix: str, overwrite: bool) -> Path:
    """The path of a file to export, which ends in `suffix` and is not there yet."""
    final = Path(path)
    if final.suffix.lower() != suffix:
        raise ValueError(f"`path` must end in {suffix}. Received: {printable(path)}")
    if final.exists() and not overwrite:
        raise FileExistsError(
            f"{printable(path)}: this file already exists; replace it with --overwrite "
            "(in Python `overwrite=True`)"
        )
    return final


def require_weights(weights: Any) -> None:
    """Raise a `ValueError` unless this is a number format of weights."""
    if weights not in WEIGHTS:
        raise ValueError(
            f"`weights` must be one of {', '.join(WEIGHTS)}. Received: weights={weights!r}"
        )


def write_file(path: Path, content: bytes) -> Path:
    """Write a file whole or not at all, and its folder where that is new."""
    with new_folder(path.parent):
        replace_whole(path, lambda partial: partial.write_bytes(content))
    return path
