"""The tracks of prepared data, which act as those of folders."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from keras_sep._brief import brief_names, counted
from keras_sep._printable import printable
from keras_sep._source_names import MIXTURE
from keras_sep.data.layouts._say_which import say_which
from keras_sep.data.layouts.split_folder import TRAIN, VALID
from keras_sep.data.layouts.track import Track
from keras_sep.data.shards._index import Settings, read_index, shard_files
from keras_sep.data.shards._storage import DTYPES, ShardFile, decode, read_bytes


@dataclass(frozen=True)
class PreparedTrack(Track):
    """A track in shards; `prepared_tracks` makes them.

    It reads like any `Track`, and knows the levels of its sources besides.

    Args:
        files_of_group: The files that its samples run through.
        dtype: Type of the stored samples.
        addresses: Address of the first byte of each of its stems.
        segments_db: Levels of each stem in decibels of root mean square, one a second; None for
            digital silence.
    """

    files_of_group: tuple[ShardFile, ...]
    dtype: str
    addresses: dict[Path, int]
    segments_db: dict[Path, tuple[float | None, ...]]

    def read_file(self, file: Path, start: int, samples: int) -> np.ndarray:
        """Read part of one of its stems: float32, shape (samples, channels)."""
        if not 0 <= start <= start + samples <= self.samples:
            raise ValueError(
                f"{printable(file)}: samples {start} to {start + samples} wanted, but it has "
                f"{self.samples}"
            )
        stored = np.empty((samples, self.channels), DTYPES[self.dtype])
        address = self.addresses[file] + start * stored[:1].nbytes if samples else 0
        read_bytes(self.files_of_group, address, stored.reshape(-1).view(np.uint8).data)
        return decode(stored)

    def version_of(self, file: Path) -> tuple[int | str, ...]:
        """What changes whenever one of its stems does."""
        return self.addresses[file], *(shard.sha256 for shard in self.files_of_group)

    def energies(self, source: str) -> np.ndarray:
        """Mean squares of a source in each second, float64; of a sum of stems, their sum.

        Example:

        >>> import tempfile
        >>> root = tempfile.mkdtemp()
        >>> tone = 0.5 * np.sqrt(2) * np.sin(np.arange(16000))[:, None]
        >>> tone[8000:] = 0
        >>> _ = keras_sep.data.write_audio(f"{root}/data/song/vocals.wav", tone, 8000)
        >>> _ = keras_sep.data.prepare(f"{root}/data", f"{root}/shards")
        >>> (track,) = keras_sep.data.prepared_tracks(f"{root}/shards")
        >>> print(track.energies("vocals").round(2))
        [0.25 0.  ]
        """
        levels = [self.segments_db[file] for file in self.files(source)]
        return np.sum(
            [[0.0 if db is None else 10 ** (db / 10) for db in stem] for stem in levels], axis=0
        )


def prepared_tracks(
    folder: str | Path,
    split: str | None = None,
    sources: Sequence[str] | None = None,
    *,
    tracks: Sequence[str] = (),
    validation: Sequence[str] = (),
    sample_rate_hz: int | None = None,
    channels: int | None = None,
    skip_bad: bool = False,
    least_samples: int = 1,
) -> list[Track]:
    """List the tracks of data that `prepare` wrote.

    They take the place of those of `find_tracks`, and excerpts of them are the same: to the last
    bit if they are stored as float32, or as int16 of 16-bit files, else within half a step of 16
    bits.

    Args:
        folder: Folder of the shards.
        split: Name of the split: "train", "valid" or "test"; None for all tracks. Default None.
        sources: Names of the sources that every track must have, as for `find_tracks`. Default
            None.
        tracks: Names of the tracks wanted; others are ignored. Default: all.
        validation: Names of the tracks in "train" that make up "valid" if there is no such split.
            Default: none.
        sample_rate_hz: Sample rate that they must have, in Hz; None for any. Default None.
        channels: Number of channels that they must have; None for any. Default None.
        skip_bad: Whether to leave out tracks that lack a source or are too short instead of
            raising; they are named on standard error. Default False.
        least_samples: Smallest number of samples of a track. Default 1.

    Returns:
        A list of `PreparedTrack`, sorted by name within each split.

    Raises:
        ValueError: If the folder contains no prepared data, or no such tracks.

    Example:

    >>> import tempfile
    >>> root = tempfile.mkdtemp()
    >>> for name in ("vocals", "drums"):
    ...     _ = keras_sep.data.write_audio(f"{root}/data/song/{name}.wav", np.ones((9, 2)), 8000)
    >>> _ = keras_sep.data.prepare(f"{root}/data", f"{root}/shards", dtype="float32")
    >>> (track,) = keras_sep.data.prepared_tracks(f"{root}/shards", "train", ["vocals"])
    >>> track.name, track.read("vocals", start=2, samples=5).shape
    ('song', (5, 2))
    """
    folder = Path(folder).resolve()
    index = read_index(folder)
    settings = index.settings
    for name, option, wanted, there in (
        ("sample_rate_hz", "--sample-rate", sample_rate_hz, settings.sample_rate_hz),
        ("channels", "--channels", channels, settings.channels),
    ):
        if wanted not in (None, there):
            raise ValueError(
                f"{printable(folder)}: prepared with {name}={there}, but {wanted} is wanted: "
                f"prepare the data again with {option} {wanted}"
            )
    found = [
        _track(folder, group, entry, settings)
        for group, entry in _entries(folder, index.groups, split, tuple(validation))
    ]
    if absent := sorted(set(tracks) - {track.name for track in found}):
        raise ValueError(f"{printable(folder)}: has no track {printable(brief_names(absent))}")
    found = [track for track in found if not tracks or track.name in tracks]
    problems, good = [], []
    for track in found:
        if problem := _problem(track, sources, least_samples):
            problems.append(f"{folder}: {problem}")
        else:
            good.append(track)
    if problems and (not skip_bad or not good):
        lines = problems if not skip_bad else [f"{problems[0]}; none of {len(found)} is left"]
        raise ValueError("\n".join(map(printable, lines)))
    say_which(folder, f"{len(problems)} of {counted(len(found), 'track')} left out", problems)
    return [*good]


def prepared_splits(folder: str | Path) -> tuple[str, ...]:
    """Names of the splits of prepared data."""
    return tuple(sorted({group["split"] for group in read_index(folder).groups}))


def _entries(
    folder: Path, groups: list[dict[str, Any]], split: str | None, validation: tuple[str, ...]
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The groups and entries of the tracks of a split."""
    all_ = [(group, entry) for group in groups for entry in group["tracks"]]
    splits = {group["split"] for group, _ in all_}
    if split is None:
        return all_
    from_train = VALID not in splits and validation
    if split == VALID and from_train:
        found = [
            (group, entry)
            for group, entry in all_
            if group["split"] == TRAIN and entry["name"] in validation
        ]
        if absent := sorted(set(validation) - {entry["name"] for _, entry in found}):
            named = printable(brief_names(absent))
            raise ValueError(f"{printable(folder)}: these validation tracks are not in it: {named}")
        return found
    if split not in splits:
        raise ValueError(
            f"{printable(folder)}: has no split `{split}`. It has: {', '.join(sorted(splits))}"
        )
    return [
        (group, entry)
        for group, entry in all_
        if group["split"] == split
        and not (split == TRAIN and from_train and entry["name"] in validation)
    ]


def _track(
    folder: Path, group: dict[str, Any], entry: dict[str, Any], settings: Settings
) -> PreparedTrack:
    size = entry["samples"] * settings.channels * DTYPES[settings.dtype].itemsize
    # paths that name the stems; there are no such files
    paths = {name: folder / group["split"] / entry["name"] / name for name in entry["sources"]}
    return PreparedTrack(
        name=entry["name"],
        stems={name: path for name, path in paths.items() if name != MIXTURE},
        mixture=paths.get(MIXTURE),
        sample_rate_hz=settings.sample_rate_hz,
        samples=entry["samples"],
        channels=settings.channels,
        files_of_group=shard_files(folder, group),
        dtype=settings.dtype,
        addresses={
            path: entry["address"] + place * size for place, path in enumerate(paths.values())
        },
        segments_db={
            path: tuple(entry["sources"][name]["segments_db"]) for name, path in paths.items()
        },
    )


def _problem(track: PreparedTrack, sources: Sequence[str] | None, least_samples: int) -> str:
    """Why a track cannot be used, or nothing."""
    for source in sources or ():
        try:
            track.files(source)
        except ValueError as error:
            return str(error)
    if track.samples < least_samples:
        rate = track.sample_rate_hz
        return (
            f"track {track.name!r} is {track.samples / rate:.2f} s long, shorter than an excerpt "
            f"of {least_samples / rate:.2f} s"
        )
    return ""
