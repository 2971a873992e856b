"""The CSV files of LibriMix."""

import os
from pathlib import Path

from keras_sep._printable import say
from keras_sep.data.layouts._csv_rows import csv_rows, librimix_columns, path_under
from keras_sep.data.layouts._read_tracks import TrackFiles, read_tracks
from keras_sep.data.layouts.track import Track

_COLUMNS = ("mixture_ID", "mixture_path", "source_1_path")


def librimix_csv_tracks(
    path: str | Path, root: str | Path | None = None, *, sample_rate_hz: int | None = None
) -> list[Track]:
    """Find the mixtures that a CSV file of LibriMix lists.

    The columns are `mixture_ID`, `mixture_path`, `source_1_path`, `source_2_path` and so on, and
    `noise_path` if there is noise; others, such as `length`, are ignored. The CSV that the data are
    generated from, which lists utterances and gains, is a different one.

    Only paths under `root` are read, whatever the CSV says. A relative path starts at `root` and
    must not leave it. An absolute path elsewhere comes from the machine that generated the data:
    its last three parts (split, folder, file) are looked up under `root`, and the number of such
    paths is printed on standard error. Links in `root` are followed.

    Args:
        path: Path of the CSV, such as `Libri2Mix/wav8k/min/metadata/mixture_dev_mix_clean.csv`.
        root: Folder of the splits; None for the parent of the CSV's folder. Default None.
        sample_rate_hz: Sample rate to read the files at, in Hz; None for each mixture's own.
            Default None.

    Returns:
        A list of `Track` with stems "s1", "s2" and so on and "noise", in the order of the CSV.

    Raises:
        ValueError: If the CSV is missing, empty or of another kind, or mixtures are bad (one line
            each).

    Example:

    >>> import pathlib, tempfile
    >>> root = pathlib.Path(tempfile.mkdtemp())
    >>> for folder in ("mix_clean", "s1", "s2"):
    ...     _ = keras_sep.data.write_audio(root / f"dev/{folder}/a_b.wav", np.ones((7, 1)), 8000)
    >>> (root / "metadata").mkdir()
    >>> _ = (root / "metadata" / "mixture_dev_mix_clean.csv").write_text(
    ...     "mixture_ID,mixture_path,source_1_path,source_2_path,length\\n"
    ...     "a_b,dev/mix_clean/a_b.wav,dev/s1/a_b.wav,dev/s2/a_b.wav,7\\n")
    >>> (track,) = keras_sep.data.librimix_csv_tracks(root / "metadata/mixture_dev_mix_clean.csv")
    >>> track.name, [*track.stems]
    ('a_b', ['s1', 's2'])

    Reference: Cosentino et al., "LibriMix: an open-source dataset for generalizable speech
    separation" (2020).
    """
    path = Path(path)
    root = Path(os.path.abspath(path.parent.parent if root is None else root))
    listed, moved = [], 0
    for line, row in csv_rows(path, _COLUMNS):
        files: dict[str, Path] = {}
        problems = []
        for column, name in librimix_columns(row).items():
            file = path_under(root, row[column], moved=True)
            if file is None:
                problem = f"{column} is not a path under {root}. Received: {row[column]!r}"
                problems.append(f"{path}, line {line}: {problem}")
                continue
            files[name] = file
            moved += os.path.isabs(row[column]) and file != Path(os.path.normpath(row[column]))
        wanted = [*files.values()]
        mixture = files.pop("mixture", None)
        listed.append(TrackFiles(row["mixture_ID"], root, files, mixture, wanted, problems))
    if moved:
        say(f"{path}: {moved} paths outside {root} are looked up under it")
    return read_tracks(path, listed, sample_rate_hz=sample_rate_hz)
