"""The tracks of a data set as its folders show them, before any file is examined."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from keras_sep.data.layouts.split_folder import TRAIN, VALID

TEST = "test"
_SPLITS = {
    "tr": TRAIN,
    "training": TRAIN,
    "validation": VALID,
    "val": VALID,
    "dev": VALID,
    "cv": VALID,
    "tt": TEST,
}


class ListedTrack(NamedTuple):
    """A track and its files."""

    split: str
    name: str
    folder: Path
    stems: dict[str, tuple[Path, ...]]  # the files whose sum is each stem
    mixture: Path | None
    pad: bool = False  # whether a file may end before others do, in silence
    problems: tuple[str, ...] = ()  # problems already known, one line each


def split_name(folder: str) -> str:
    """Name of the split that a folder holds.

    Example:

    >>> split_name("cv"), split_name("train-360"), split_name("omitted")
    ('valid', 'train', 'omitted')
    """
    name = folder.lower()
    return TRAIN if name.startswith(TRAIN) else _SPLITS.get(name, name)


def with_names_of_their_own(tracks: Iterable[ListedTrack]) -> list[ListedTrack]:
    """The tracks, sorted; of two with one name in one split the later gets that of its folders.

    Raises:
        ValueError: If a name is then given twice still.
    """
    named: dict[tuple[str, str], ListedTrack] = {}
    for track in sorted(tracks, key=lambda track: (track.split, track.name, str(track.folder))):
        name = track.name
        if (track.split, name) in named:
            name = f"{track.folder.name} {name}"
        if (track.split, name) in named:
            raise ValueError(f"{track.folder}: two tracks are called {name!r}: rename one")
        named[track.split, name] = track._replace(name=name)
    return [named[key] for key in sorted(named)]
