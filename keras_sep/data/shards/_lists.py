"""Data sets that a CSV file lists: one row per track."""

import os
import re
from pathlib import Path

from keras_sep._brief import brief
from keras_sep._source_names import MIXTURE, require_source_names
from keras_sep.data.layouts._csv_rows import csv_rows, librimix_columns, path_under
from keras_sep.data.layouts.split_folder import TRAIN, VALID
from keras_sep.data.shards._listed import TEST, ListedTrack, split_name

_NAME, _SPLIT, _ID = "name", "split", "mixture_ID"
_IN_FILE_NAMES = re.compile(r"\w[\w.-]*")


def is_list(root: Path) -> bool:
    """Whether a path is that of a CSV file."""
    return root.suffix.lower() == ".csv" and root.is_file()


def listed(root: Path) -> list[ListedTrack]:
    """The tracks of a CSV file, or of all in a folder.

    A column is called like the source that its paths lead to, or `mixture`; `name` and `split` may
    be there, too. Without `split`, the file is called like it, or all are for training. In the
    metadata of LibriMix the columns are `mixture_ID`, `mixture_path`, `source_1_path` and so on,
    paths start at the parent of the file's folder, and the first of their folders is the split.

    Only paths below that folder are read, whatever the file says.
    """
    files = [root] if root.is_file() else sorted(root.glob("*.csv"))
    return [track for file in files for track in _of_file(Path(os.path.abspath(file)))]


def _of_file(path: Path) -> list[ListedTrack]:
    rows = csv_rows(path)
    columns = [name for name in rows[0][1] if name]
    if _ID in columns:
        root, sources = path.parent.parent, librimix_columns(columns)
    else:
        root, sources = path.parent, {name: name for name in columns if name not in (_NAME, _SPLIT)}
    named = [name for name in sources.values() if name != MIXTURE]
    if not named:
        raise ValueError(f"{path}: must have a column of paths for each source. It has: {columns}")
    require_source_names(named, f"columns of {path.name}")
    return [_track(path, root, line, row, sources) for line, row in rows]


def _track(
    path: Path, root: Path, line: int, row: dict[str, str], sources: dict[str, str]
) -> ListedTrack:
    files: dict[str, Path] = {}
    problems = []
    for column, source in sources.items():
        if not row[column]:
            continue
        file = path_under(root, row[column], moved=_ID in row)
        if file is None:
            where = f"{column} must be a path below {root}"
            problems.append(f"{path}, line {line}: {where}. Received: {brief(row[column])}")
        elif not file.is_file():
            problems.append(f"{path}, line {line}: {column}: {file} is not there")
        else:
            files[source] = file
    mixture = files.pop(MIXTURE, None)
    if not files and not problems:
        problems.append(f"{path}, line {line}: names no file of a source")
    split = row.get(_SPLIT) or _split_of(path, mixture if _ID in row else None)
    if not _IN_FILE_NAMES.fullmatch(split):
        problems.append(f"{path}, line {line}: `split` must be a word. Received: {brief(split)}")
        split = TRAIN
    given = row.get(_NAME) or row.get(_ID) or _file_name(mixture, files)
    name = re.sub(r"[/\\\x00-\x1f]", " ", given or "").strip(" .") or f"line {line}"
    stems: dict[str, tuple[Path, ...]] = {source: (file,) for source, file in files.items()}
    return ListedTrack(split_name(split), name, root, stems, mixture, False, tuple(problems))


def _split_of(path: Path, mixture: Path | None) -> str:
    """The split that the file of the list, or the folders of its mixtures, are called by."""
    if mixture is not None:  # <split>/<folder>/<name>.wav
        return mixture.parent.parent.name
    split = split_name(path.stem)
    return split if split in (TRAIN, VALID, TEST) else TRAIN


def _file_name(mixture: Path | None, files: dict[str, Path]) -> str:
    """The name of a mixture's file; of stems the folder that they have to themselves."""
    if mixture is not None and mixture.stem not in (MIXTURE, "mix"):
        return mixture.stem
    if mixture is not None:
        return mixture.parent.name
    return next((file.parent.name for file in files.values()), "")
