"""Lists of files to tracks, reporting everything that is wrong with them at once."""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from keras_sep._brief import counted
from keras_sep._printable import printable, say
from keras_sep.data.audio.audio_error import AudioError
from keras_sep.data.audio.read_audio import AudioInfo, audio_info, read_audio
from keras_sep.data.audio.resample import resampled_length
from keras_sep.data.layouts._conversions import conversions
from keras_sep.data.layouts._say_which import say_which
from keras_sep.data.layouts.track import Track


class TrackFiles(NamedTuple):
    """Files of one track, not yet examined."""

    name: str
    folder: Path  # messages name files relative to it
    stems: dict[str, Path]
    mixture: Path | None
    wanted: Sequence[Path]  # the files that must be good, the mixture among them
    problems: Sequence[str] = ()  # problems already known, one line each


class _BadTrack(Exception):
    """The problems of one track, one line each."""

    def __init__(self, lines: list[str]):
        super().__init__(*lines)
        self.lines = lines


def read_tracks(
    place: Path,
    listed: Sequence[TrackFiles],
    *,
    sample_rate_hz: int | None = None,
    channels: int | None = None,
    skip_bad: bool = False,
    trim: bool = False,
    least_samples: int = 1,
    decode: bool = False,
) -> list[Track]:
    """Examine the files of every track; the arguments are those of `find_tracks`.

    Args:
        place: Folder or list that the tracks come from, for messages.
        listed: Files of each track.
        sample_rate_hz: Sample rate to read them at, in Hz; None for each track's own.
        channels: Number of channels to read them with; None for each track's own.
        skip_bad: Whether to leave out bad tracks, named on standard error, instead of raising.
        trim: Whether to cut stems of unequal length to the shortest of their track.
        least_samples: Smallest number of samples of a track.
        decode: Whether to decode every file as well.

    Returns:
        A list of `Track`, in the order given.
    """
    tracks: list[Track] = []
    problems: list[str] = []
    trimmed: list[str] = []
    converted: list[str] = []
    for files in listed:
        try:
            infos = _infos(files, decode)
            track = _track(files, infos, sample_rate_hz, channels, least_samples, trim)
        except _BadTrack as bad:
            problems += bad.lines
            continue
        tracks.append(track)
        if trim and (unequal := _unequal(files, infos, track.sample_rate_hz)):
            trimmed.append(f"{files.folder}: {unequal}")
        for info in infos.values():
            converted += conversions(info, track.sample_rate_hz, track.channels)
    if problems and not skip_bad:
        raise ValueError("\n".join(map(printable, problems)))
    say_which(place, f"{len(listed) - len(tracks)} of {len(listed)} tracks left out", problems)
    if not tracks:
        raise ValueError(printable(f"{problems[0]}; none of {len(listed)} tracks is left"))
    say_which(
        place,
        f"{len(trimmed)} of {len(listed)} tracks cut to their shortest stem, of so many samples",
        trimmed,
    )
    for what, count in Counter(converted).items():
        say(f"{place}: {counted(count, 'file')} {what}")
    return tracks


def _infos(files: TrackFiles, decode: bool) -> dict[Path, AudioInfo]:
    """Information from the headers of the wanted files."""
    problems = [*files.problems]
    infos: dict[Path, AudioInfo] = {}
    for file in files.wanted:
        try:
            infos[file] = audio_info(file)
            if decode:
                read_audio(file)
        except AudioError as error:
            problems.append(str(error))
    if problems:
        raise _BadTrack(problems)
    return infos


def _lengths(infos: dict[Path, AudioInfo], rate: int) -> dict[Path, int]:
    return {
        file: resampled_length(info.samples, info.sample_rate_hz, rate)
        for file, info in infos.items()
    }


def _unequal(files: TrackFiles, infos: dict[Path, AudioInfo], rate: int) -> str:
    """Describe the lengths of the files if they are not equal."""
    lengths = _lengths(infos, rate)
    # files of equal duration at different rates may differ by one sample from rounding
    one_rate = len({info.sample_rate_hz for info in infos.values()}) == 1
    if max(lengths.values()) - min(lengths.values()) <= (0 if one_rate else 1):
        return ""
    return ", ".join(
        f"{os.path.relpath(file, files.folder)} {length}" for file, length in lengths.items()
    )


def _track(
    files: TrackFiles,
    infos: dict[Path, AudioInfo],
    sample_rate_hz: int | None,
    channels: int | None,
    least_samples: int,
    trim: bool,
) -> Track:
    rate = sample_rate_hz or max(info.sample_rate_hz for info in infos.values())
    if not trim and (unequal := _unequal(files, infos, rate)):
        raise _BadTrack([f"{files.folder}: stems of unequal length, in samples: {unequal}"])
    problems = []
    samples = min(_lengths(infos, rate).values())
    if samples < least_samples:
        problems.append(
            f"{files.folder}: {samples / rate:.2f} s long, shorter than an excerpt of "
            f"{least_samples / rate:.2f} s"
        )
    out_channels = channels or max(info.channels for info in infos.values())
    for file, info in infos.items():
        if info.channels not in (1, out_channels) and out_channels != 1:
            problems.append(
                f"{file}: has {counted(info.channels, 'channel')}, wanted {out_channels}"
            )
    if problems:
        raise _BadTrack(problems)
    return Track(
        name=files.name,
        stems=files.stems,
        mixture=files.mixture,
        sample_rate_hz=rate,
        samples=samples,
        channels=out_channels,
    )
