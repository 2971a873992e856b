"""Finding the tracks of a data set, and reporting what is wrong with them."""

from collections.abc import Sequence
from pathlib import Path

from keras_sep._brief import brief_names
from keras_sep._printable import printable, say
from keras_sep._require_folder import require_folder
from keras_sep._source_names import MIXTURE
from keras_sep.data.audio.audio_error import AudioError
from keras_sep.data.audio.stem_file import stem_streams, track_name
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

    Every track is examined before an error is raised, so one run reports all problems. The stems of
    a track and its mixture must have equal lengths. The numbers of files that will be resampled,
    copied from mono or averaged to mono are printed on standard error.

    A folder is a track if it holds audio: files with one of the usual suffixes, such as .wav,
    .flac, .aiff, .ogg, .opus, .mp3 or .m4a, in either case. Hidden files and folders are ignored,
    links are followed. Files that start like audio but have another suffix are named on standard
    error. A stem file, `<root>/<split>/<track>.stem.mp4`, as in MUSDB18, is a track, too, whose
    stems are its streams. Its names are those that it states, or else drums, bass, other and
    vocals. FLAC or WAV files, as in MUSDB18-HQ, are faster to train on: parts of stem files cannot
    be read without decoding all before them.

    Args:
        root: Folder of the data set.
        split: Name of the split, a folder under `root`, usually "train", "valid" or "test", in
            either case; the folder of "valid" may also be called validation, val or dev. None for
            track folders directly under `root`. Default None.
        sources: Names of the sources that every track must have; None for each track's own stems.
            `accompaniment`, if a track has no such file, is the sum of all stems except `vocals`.
            Default None.
        tracks: Names of the tracks wanted; others are ignored. Default: all.
        validation: Names of the tracks in `train` that make up the `valid` split if it has no
            folder, such as `MUSDB18_VALIDATION`. Default: none.
        sample_rate_hz: Sample rate to read the tracks at, in Hz; None for each track's own. Default
            None.
        channels: Number of channels to read them with; None for each track's own. Default None.
        skip_bad: Whether to leave out bad tracks instead of raising, as long as one is good; they
            are counted and named on standard error. Default False.
        trim: Whether to cut stems of unequal length to the shortest of their track instead of
            treating the track as bad; such tracks are counted and named likewise. Default False.
        least_samples: Smallest number of samples of a track, such as that of an excerpt. Default 1.
        decode: Whether to decode every file as well, which finds NaN samples and cuts that the
            header does not show, and takes minutes for a large data set. Default False.

    Returns:
        A list of `Track`, sorted by name.

    Raises:
        ValueError: If the folder is missing, contains no track or not those named, or if
            tracks are bad (one line per file or track).

    Example:

    >>> import tempfile
    >>> root = tempfile.mkdtemp()
    >>> for name in ("mixture", "vocals", "accompaniment"):
    ...     _ = keras_sep.data.write_audio(f"{root}/train/song/{name}.wav", np.ones((7, 2)), 8000)
    >>> (track,) = keras_sep.data.find_tracks(root, "train")
    >>> track.name, [*track.stems]
    ('song', ['accompaniment', 'vocals'])
    """
    place, folders = _folders(Path(root), split, tuple(validation))
    if not folders:
        raise ValueError(f"{printable(place)}: no tracks in this folder")
    if absent := sorted(set(tracks) - {track_name(folder) for folder in folders}):
        raise ValueError(f"{printable(place)}: has no track {printable(brief_names(absent))}")
    listed = [
        track_files(path, sources) for path in folders if not tracks or track_name(path) in tracks
    ]
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
    """The folder of a split, and the folders of its tracks."""
    require_folder(root, "folder of audio")
    if split is None:
        return root, track_folders(root)
    place, train = split_folder(root, split), split_folder(root, TRAIN)
    if place is not None and place == train and not split_folder(root, VALID):
        folders = track_folders(place)
        kept = [path for path in folders if track_name(path) not in validation]
        if folders and not kept:
            raise ValueError(
                f"{printable(place)}: all of its tracks are listed for validation: leave some for "
                "training"
            )
        return place, kept
    if place is not None:
        return place, track_folders(place)
    if split != VALID or not validation or train is None:
        hint = "; name validation tracks instead" if split == VALID else ""
        if split == VALID and validation:  # which are named
            named = brief_names(validation)
            hint = f", nor `{TRAIN}` with the validation tracks {named} in it"
        raise ValueError(f"{printable(root)}: has no folder `{split}`{hint}")
    folders = [path for path in track_folders(train) if track_name(path) in validation]
    if absent := sorted(set(validation) - {track_name(path) for path in folders}):
        named = printable(brief_names(absent))
        raise ValueError(f"{printable(train)}: these validation tracks are not in it: {named}")
    return train, folders


def track_folders(folder: Path) -> list[Path]:
    """The folders of tracks and the stem files in a folder, by name."""
    inside = [path for path in folders_in(folder) if _may_hold_audio(path)]
    return sorted([*inside, *stem_files_in(folder)], key=track_name)


def _may_hold_audio(folder: Path) -> bool:
    try:
        return bool(audio_files(folder))
    except OSError:
        return True  # reading it reports the problem


def track_files(track: Path, sources: Sequence[str] | None) -> TrackFiles:
    """The files of a track that are wanted, by its folder or stem file."""
    problems: list[str] = []
    try:
        stems = _stems(track, problems) if track.is_dir() else stem_streams(track)
    except OSError as error:
        return TrackFiles(track_name(track), track, {}, None, [], [f"{track}: {error.strerror}"])
    except AudioError as error:
        return TrackFiles(track_name(track), track, {}, None, [], [str(error)])
    mixture = stems.pop(MIXTURE, None)

    wanted: list[Path] = [] if mixture is None else [mixture]
    for source in stems if sources is None else sources:
        files = source_files(stems, source)
        if not files:
            problems.append(f"{track}: has no stem `{source}` (found: {', '.join(stems) or '-'})")
        if twice := [file.stem for file in files if file in wanted]:
            raise ValueError(  # the request is wrong, not the track
                f"{printable(track)}: `{ACCOMPANIMENT}` is the sum of all stems but `{VOCALS}`, "
                f"and {brief_names(twice)} would be in the mixture twice: name one of both, or "
                f"give `{ACCOMPANIMENT}` a file"
            )
        wanted += files
    if not stems:
        problems.append(f"{track}: holds a mixture but no stem")
    return TrackFiles(track_name(track), track, stems, mixture, wanted, problems)


def _stems(folder: Path, problems: list[str]) -> dict[str, Path]:
    stems: dict[str, Path] = {}
    for path in misnamed_audio(folder):
        say(f"{path}: looks like audio but does not have an audio suffix; left out")
    for path in audio_files(folder):
        if path.stem in stems:
            problems.append(f"{folder}: `{path.stem}` is given twice, also as {path.name}")
        stems[path.stem] = path
    return stems
