"""Finding the tracks of a data set, and saying what is wrong with any of them."""

from collections.abc import Sequence
from pathlib import Path

from keras_sep._brief import brief_names
from keras_sep._printable import printable, say
from keras_sep.data.layouts._read_tracks import TrackFiles, read_tracks
from keras_sep.data.layouts.audio_files import (
    audio_files,
    folders_in,
    misnamed_audio,
    stem_files_in,
)
from keras_sep.data.layouts.split_folder import TRAIN, VALID, split_folder
from keras_sep.data.layouts.track import ACCOMPANIMENT, VOCALS, Track, source_files


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
    trim: bool = False,
    least_samples: int = 1,
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
        split: Which split: a folder under `root`, usually "train", "valid" or "test", in
            either case; that of "valid" may also be called validation, val or dev. None for track
            folders that lie directly under `root`.
        sources: The sources wanted, which every track must have; None takes each track's stems
            as they are. `accompaniment` is summed from every stem but `vocals` where it is not
            given.
        tracks: Names of the tracks wanted; others are not looked at. By default all are.
        validation: Names of the tracks in `train` that are the `valid` split where there is no
            folder of that name, as in MUSDB18: `MUSDB18_VALIDATION`.
        sample_rate_hz: The rate at which to read the tracks, in Hz; None for each track's own.
        channels: The number of channels with which to read them; None for each track's own.
        skip_bad: Leave out bad tracks instead of raising, as long as one is good; they are
            counted and named on standard error. Default False.
        trim: Cut stems of unequal length to the shortest of their track, counted and named
            likewise, instead of taking it for a bad one. Default False.
        least_samples: Samples that a track must have, as an excerpt does. Default 1.
        decode: Also decode every file, to find those cut short and NaN samples that no header
            tells of. Takes minutes for a large data set. Default False.

    Returns:
        A list of `Track`, sorted by name.

    Raises:
        ValueError: If the folder is missing or holds no track or not those named, or if tracks are
            bad: one line for each file or track.
    """
    place, folders = _folders(Path(root), split, tuple(validation))
    if not folders:
        raise ValueError(f"{printable(place)}: no tracks in this folder{_hint(place)}")
    if absent := sorted(set(tracks) - {folder.name for folder in folders}):
        raise ValueError(f"{printable(place)}: has no track {printable(brief_names(absent))}")
    listed = [_files(path, sources) for path in folders if not tracks or path.name in tracks]
    return read_tracks(
        place,
        listed,
        sample_rate_hz=sample_rate_hz,
        channels=channels,
        skip_bad=skip_bad,
        trim=trim,
        least_samples=least_samples,
        decode=decode,
    )


def _folders(root: Path, split: str | None, validation: tuple[str, ...]) -> tuple[Path, list[Path]]:
    """Where a split lies, and the folders of its tracks."""
    if not root.is_dir():
        raise ValueError(f"{printable(root)}: no such folder of audio")
    if split is None:
        return root, _track_folders(root)
    place, train = split_folder(root, split), split_folder(root, TRAIN)
    if place is not None and place == train and not split_folder(root, VALID):
        folders = _track_folders(place)
        kept = [path for path in folders if path.name not in validation]
        if folders and not kept:
            raise ValueError(
                f"{printable(place)}: all of its tracks are named for validation: leave some"
            )
        return place, kept
    if place is not None:
        return place, _track_folders(place)
    if split != VALID or not validation or train is None:
        hint = "; name validation tracks instead" if split == VALID else ""
        if split == VALID and validation:  # those are named
            named = brief_names(validation)
            hint = f", nor `{TRAIN}` with the validation tracks {named} in it"
        raise ValueError(f"{printable(root)}: has no folder `{split}`{hint}")
    folders = [path for path in _track_folders(train) if path.name in validation]
    if absent := sorted(set(validation) - {path.name for path in folders}):
        named = printable(brief_names(absent))
        raise ValueError(f"{printable(train)}: these validation tracks are not in it: {named}")
    return train, folders


def _track_folders(folder: Path) -> list[Path]:
    return [path for path in folders_in(folder) if _may_hold_audio(path)]


def _may_hold_audio(folder: Path) -> bool:
    try:
        return bool(audio_files(folder))
    except OSError:
        return True  # what is wrong with it is said with its name


def _hint(folder: Path) -> str:
    if stem_files_in(folder):
        return "; stem files (.stem.mp4), as MUSDB18 has, are not read: use MUSDB18-HQ"
    return ""


def _files(folder: Path, sources: Sequence[str] | None) -> TrackFiles:
    problems: list[str] = []
    stems: dict[str, Path] = {}
    try:
        found, misnamed = audio_files(folder), misnamed_audio(folder)
    except OSError as error:
        return TrackFiles(folder.name, folder, {}, None, [], [f"{folder}: {error.strerror}"])
    for path in misnamed:
        say(f"{path}: begins as audio does but has no suffix of audio; left out")
    for path in found:
        if path.stem in stems:
            problems.append(f"{folder}: `{path.stem}` is given twice, also as {path.name}")
        stems[path.stem] = path
    mixture = stems.pop("mixture", None)

    wanted: list[Path] = [] if mixture is None else [mixture]
    for source in stems if sources is None else sources:
        files = source_files(stems, source)
        if not files:
            problems.append(f"{folder}: has no stem `{source}` (found: {', '.join(stems) or '-'})")
        if twice := [file.stem for file in files if file in wanted]:
            raise ValueError(  # what is wanted is wrong, not the track
                f"{printable(folder)}: `{ACCOMPANIMENT}` is the sum of all stems but `{VOCALS}`, "
                f"and {brief_names(twice)} would be in the mixture twice: name one of both, or "
                f"give `{ACCOMPANIMENT}` a file"
            )
        wanted += files
    if not stems:
        problems.append(f"{folder}: holds a mixture but no stem")
    return TrackFiles(folder.name, folder, stems, mixture, wanted, problems)
