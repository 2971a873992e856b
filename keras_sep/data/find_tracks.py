"""Finding the tracks of a data set, and saying what is wrong with any of them."""

import sys
from collections.abc import Sequence
from pathlib import Path

from keras_sep.data.audio_files import audio_files, folders_in, misnamed_audio, stem_files_in
from keras_sep.data.read_tracks import TrackFiles, read_tracks
from keras_sep.data.track import Track, source_files

_TRAIN, _VALID = "train", "valid"


def find_tracks(
    root: str | Path,
    split: str | None = None,
    sources: Sequence[str] | None = None,
    *,
    tracks: Sequence[str] = (),
    validation: Sequence[str] = (),
    sample_rate_hz: int | None = None,
    channels: int | None = None,
    skip_bad: bool = False,
    decode: bool = False,
) -> list[Track]:
    """Find the tracks laid out as `<root>/<split>/<track>/<stem>.<suffix>`.

    Every track is looked at before anything is said, so one run shows all that is wrong. Stems of
    one track (and its mixture) must have one length. How many files will be resampled, copied from
    mono or averaged to it is said on standard error.

    A folder without audio is no track. Audio has one of the usual suffixes, such as .wav, .flac,
    .aiff, .ogg, .opus, .mp3 or .m4a, in either case. Hidden files and folders are passed over,
    links to either are followed. What begins as audio but has another suffix is named on standard
    error. Stem files (`.stem.mp4`), as MUSDB18 has, are not read: use MUSDB18-HQ.

    Args:
        root: The folder of the data set.
        split: Which split: a folder under `root`, usually "train", "valid" or "test". None for
            track folders that lie directly under `root`.
        sources: The sources wanted, which every track must have; None takes each track's stems
            as they are. `accompaniment` is summed from every stem but `vocals` where it is not
            given.
        tracks: Names of the tracks wanted; others are not looked at. By default all are.
        validation: Names of the tracks in `train` that are the `valid` split where there is no
            folder of that name, as in MUSDB18: `MUSDB18_VALIDATION`.
        sample_rate_hz: The rate at which to read the tracks, in Hz; None for each track's own.
        channels: The number of channels with which to read them; None for each track's own.
        skip_bad: Leave out bad tracks with a warning each instead of raising. Default False.
        decode: Also decode every file, to find those cut short and NaN samples that no header
            tells of. Takes minutes for a large data set. Default False.

    Returns:
        A list of `Track`, sorted by name.

    Raises:
        ValueError: If the folder is missing or holds no track or not those named, or if tracks are
            bad: one line for each file or track.
    """
    place = Path(root, split or "")
    folders = _folders(Path(root), split, tuple(validation))
    if not folders:
        raise ValueError(f"{place}: no tracks in this folder{_hint(place)}")
    if absent := sorted(set(tracks) - {folder.name for folder in folders}):
        raise ValueError(f"{place}: has no track {', '.join(absent)}")
    listed = [_files(path, sources) for path in folders if not tracks or path.name in tracks]
    return read_tracks(
        place,
        listed,
        sample_rate_hz=sample_rate_hz,
        channels=channels,
        skip_bad=skip_bad,
        decode=decode,
    )


def _folders(root: Path, split: str | None, validation: tuple[str, ...]) -> list[Path]:
    if not root.is_dir():
        raise ValueError(f"{root}: no such folder of audio")
    if split is None:
        return _track_folders(root)
    if split == _TRAIN and (root / _TRAIN).is_dir() and not (root / _VALID).is_dir():
        return [path for path in _track_folders(root / _TRAIN) if path.name not in validation]
    if (root / split).is_dir():
        return _track_folders(root / split)
    if split != _VALID or not validation or not (root / _TRAIN).is_dir():
        hint = "; name validation tracks instead" if split == _VALID else ""
        if split == _VALID and validation:  # those are named
            hint = f", nor `{_TRAIN}` with the validation tracks {', '.join(validation)} in it"
        raise ValueError(f"{root}: has no folder `{split}`{hint}")
    folders = [path for path in _track_folders(root / _TRAIN) if path.name in validation]
    if absent := sorted(set(validation) - {path.name for path in folders}):
        raise ValueError(
            f"{root / _TRAIN}: these validation tracks are not in it: {', '.join(absent)}"
        )
    return folders


def _track_folders(folder: Path) -> list[Path]:
    return [path for path in folders_in(folder) if audio_files(path)]


def _hint(folder: Path) -> str:
    if stem_files_in(folder):
        return "; stem files (.stem.mp4), as MUSDB18 has, are not read: use MUSDB18-HQ"
    return ""


def _files(folder: Path, sources: Sequence[str] | None) -> TrackFiles:
    problems, stems = [], {}
    for path in misnamed_audio(folder):
        print(f"{path}: begins as audio does but has no suffix of audio; left out", file=sys.stderr)
    for path in audio_files(folder):
        if path.stem in stems:
            problems.append(f"{folder}: `{path.stem}` is given twice, also as {path.name}")
        stems[path.stem] = path
    mixture = stems.pop("mixture", None)

    wanted: list[Path] = [] if mixture is None else [mixture]
    for source in stems if sources is None else sources:
        files = source_files(stems, source)
        if not files:
            problems.append(f"{folder}: has no stem `{source}` (found: {', '.join(stems) or '-'})")
        wanted += [file for file in files if file not in wanted]
    if not stems:
        problems.append(f"{folder}: holds a mixture but no stem")
    return TrackFiles(folder.name, folder, stems, mixture, wanted, problems)
