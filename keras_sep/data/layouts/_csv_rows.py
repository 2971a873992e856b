"""Rows of CSV files from outside, and the paths that they may mean."""

import csv
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from keras_sep._printable import printable

_STEM_COLUMN = re.compile(r"source_(\d+)_path|noise_path")
_LAYOUT_PARTS = 3  # <split>/<folder>/<name>.wav


def csv_rows(path: Path, wanted: Sequence[str] = ()) -> list[tuple[int, dict[str, str]]]:
    """Number and cells of every line; cells that a short line lacks are empty.

    Args:
        path: Path of the file.
        wanted: Columns that it must have. Default none.

    Raises:
        ValueError: If it is not a CSV file, lacks a column, or has no lines.
    """
    if not path.is_file():
        raise ValueError(f"{printable(path)}: no such CSV file")
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restval="")
            columns = [*(reader.fieldnames or ())]
            rows = [(reader.line_num, row) for row in reader]
    except (csv.Error, UnicodeDecodeError) as error:
        raise ValueError(f"{printable(path)}: not a CSV file in UTF-8 ({error})") from None
    if missing := [column for column in wanted if column not in columns]:
        raise ValueError(f"{printable(path)}: has no columns {missing}. It has: {columns}")
    if not rows:
        raise ValueError(f"{printable(path)}: lists no mixtures")
    return rows


def librimix_columns(columns: Iterable[str | None]) -> dict[str, str]:
    """The columns of paths of a CSV of LibriMix, and the source in the files of each."""
    names = {"mixture_path": "mixture"}
    for column in columns:
        if column and (match := _STEM_COLUMN.fullmatch(column)):
            names[column] = f"s{match[1]}" if match[1] else "noise"
    return names


def path_under(root: Path, written: str, moved: bool = False) -> Path | None:
    """The path under a folder that a path of a CSV means, or None.

    Args:
        root: Absolute path of the folder.
        written: Path as it is written, relative to the folder or absolute.
        moved: Whether of an absolute path elsewhere the last three parts are looked up in it.
    """
    file = Path(os.path.normpath(root / written))
    if moved and os.path.isabs(written) and root not in file.parents:
        file = root.joinpath(*file.parts[1:][-_LAYOUT_PARTS:])
    return file if root in file.parents else None
