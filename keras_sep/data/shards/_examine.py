"""What the files of a track say of themselves, and the track that they make."""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from keras_sep._brief import counted
from keras_sep.data.audio.audio_error import AudioError
from keras_sep.data.audio.channels import match_channels
from keras_sep.data.audio.read_audio import AudioInfo, audio_info
from keras_sep.data.audio.read_resampled import read_resampled
from keras_sep.data.audio.resample import resampled_length
from keras_sep.data.audio.stem_file import file_and_stem
from keras_sep.data.layouts._conversions import conversions
from keras_sep.data.layouts.track import ACCOMPANIMENT, VOCALS, mixture_parts
from keras_sep.data.shards._listed import ListedTrack

Problem = dict[str, Any]


class ExaminedTrack(NamedTuple):
    """A listed track, with what the headers of its files say; or with problems, and no files."""

    listed: ListedTrack
    infos: dict[Path, AudioInfo]
    problems: tuple[str, ...]


class PlannedTrack(NamedTuple):
    """A track that will be stored."""

    listed: ListedTrack
    stored: dict[str, tuple[Path, ...]]  # the files whose sum is each source
    heard: dict[str, tuple[Path, ...]]  # those whose sum is the mixture
    lengths: dict[Path, int]
    samples: int
    sample_rate_hz: int
    channels: int
    problems: tuple[Problem, ...]

    def read(self, file: Path, start: int, samples: int) -> np.ndarray:
        """Part of a file, float32 (samples, channels), in silence beyond its end."""
        there = min(samples, max(0, self.lengths[file] - start))
        out = np.zeros((samples, self.channels), np.float32)
        if there:
            array = read_resampled(file, self.sample_rate_hz, start, there)
            out[:there] = match_channels(array, self.channels)
        return out


def problem(kind: str, listed: ListedTrack, text: str, **more: Any) -> Problem:
    """An entry of the report about one track."""
    return {"kind": kind, "split": listed.split, "track": listed.name, "text": text, **more}


def files_of(stems: dict[str, tuple[Path, ...]], source: str) -> tuple[Path, ...]:
    """The files whose sum is a source, as in `keras_sep.data.Track.files`."""
    if source in stems:
        return stems[source]
    if source == ACCOMPANIMENT:
        return tuple(path for name, files in stems.items() if name != VOCALS for path in files)
    return ()


def examine(listed: ListedTrack, sources: Sequence[str] | None) -> ExaminedTrack:
    """Read the headers of a track's files."""
    problems = list(listed.problems)
    wanted = [file for files in listed.stems.values() for file in files]
    if listed.mixture is not None:
        wanted.append(listed.mixture)
    infos: dict[Path, AudioInfo] = {}
    for source in sources or ():
        if not problems and not files_of(listed.stems, source):
            found = ", ".join(listed.stems) or "-"
            problems.append(f"{listed.folder}: has no stem `{source}` (found: {found})")
    for file in wanted if not problems else ():
        try:
            infos[file] = audio_info(file)
        except (AudioError, OSError) as error:
            problems.append(str(error))
    return ExaminedTrack(listed, {} if problems else infos, tuple(problems))


def most_common(values: Iterable[int]) -> int:
    """The value that most of them have, and of several the largest."""
    counts = Counter(values)
    return max(counts, key=lambda value: (counts[value], value))


def plan(
    examined: ExaminedTrack,
    sources: Sequence[str] | None,
    mixture: str | None,
    sample_rate_hz: int,
    channels: int,
) -> PlannedTrack | list[Problem]:
    """The track at one rate and number of channels, or what is wrong with it.

    Args:
        examined: The track, with its files.
        sources: Names of the sources to store; None for all stems.
        mixture: Name under which the mixture's file is stored, too; None to leave it out.
        sample_rate_hz: Sample rate in Hz.
        channels: Number of channels.
    """
    listed, infos = examined.listed, examined.infos
    lengths = {
        file: resampled_length(info.samples, info.sample_rate_hz, sample_rate_hz)
        for file, info in infos.items()
    }
    samples = (max if listed.pad else min)(lengths.values())
    bad = [
        f"{file}: has {counted(info.channels, 'channel')}, wanted {channels}"
        for file, info in infos.items()
        if info.channels not in (1, channels) and channels != 1
    ]
    if samples < 1:
        bad.append(f"{listed.folder}: is too short to hold a sample at {sample_rate_hz} Hz")
    if bad:
        return [problem("left out", listed, line) for line in bad]
    stored = {name: files_of(listed.stems, name) for name in sources or listed.stems}
    if mixture is not None and listed.mixture is not None:
        stored[mixture] = (listed.mixture,)
    return PlannedTrack(
        listed,
        stored,
        {name: listed.stems[name] for name in mixture_parts(listed.stems)},
        lengths,
        samples,
        sample_rate_hz,
        channels,
        tuple(_converted(listed, infos, lengths, sample_rate_hz, channels)),
    )


def versions(planned: PlannedTrack) -> list[list[Any]]:
    """What changes if one of its files does: size and time of each."""
    found = []
    for file in planned.lengths:
        status = file_and_stem(file)[0].stat()
        found.append([_name(planned.listed, file), status.st_size, status.st_mtime_ns])
    return found


def _name(listed: ListedTrack, file: Path) -> str:
    return os.path.relpath(file, listed.folder)


def _converted(
    listed: ListedTrack,
    infos: dict[Path, AudioInfo],
    lengths: dict[Path, int],
    sample_rate_hz: int,
    channels: int,
) -> list[Problem]:
    """What is done to files so that all tracks are alike."""
    done = Counter(
        what for info in infos.values() for what in conversions(info, sample_rate_hz, channels)
    )
    found = [
        problem(
            "sample rate" if what.startswith("resampled") else "channels",
            listed,
            f"{counted(count, 'file')} {what}",
        )
        for what, count in done.items()
    ]
    one_rate = len({info.sample_rate_hz for info in infos.values()}) == 1
    # files of equal duration at different rates may differ by one sample from rounding
    if max(lengths.values()) - min(lengths.values()) > (0 if one_rate else 1):
        each = ", ".join(f"{_name(listed, file)} {length}" for file, length in lengths.items())
        what = "shorter files go on in silence" if listed.pad else "cut to the shortest"
        found.append(problem("lengths", listed, f"{what}, of so many samples: {each}"))
    return found
