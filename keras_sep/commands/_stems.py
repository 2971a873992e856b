"""Reading the stems in a folder for comparison."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import numpy as np

from keras_sep._printable import printable, say
from keras_sep._require_folder import require_folder
from keras_sep._source_names import MIXTURE
from keras_sep.data import AUDIO_FORMATS, AudioError, read_audio, resample
from keras_sep.data.audio import held_rate_hz, is_stem_file, stem_streams
from keras_sep.data.layouts import ACCOMPANIMENT, audio_files, stem_files_in

MOST_SECONDS_APART = 1.0  # of an estimate and its references

Key = TypeVar("Key")


def require_track(path: Path, what: str = "folder") -> None:
    """Raise a ValueError unless the path is a folder, called `what` if missing, or a stem file."""
    if not (is_stem_file(path) and path.is_file()):
        require_folder(path, what)


def named_files(folder: Path) -> dict[str, Path]:
    """Return the audio files of a folder by their names without suffix, mixture included.

    Instead of a folder, a stem file may be given, which holds all of them. So does the only stem
    file in a folder without other audio.
    """
    if folder.is_file():
        return stem_streams(folder)
    files: dict[str, Path] = {}
    for path in audio_files(folder):
        if path.stem in files:
            raise ValueError(
                f"{printable(path)}: {path.stem!r} is there twice, also as "
                f"{printable(files[path.stem])}"
            )
        files[path.stem] = path
    if not files and len(inside := stem_files_in(folder)) == 1:
        return stem_streams(inside[0])
    return files


def stem_files(folder: Path) -> dict[str, Path]:
    """Return the stems of a track: its audio files except the mixture."""
    return {name: path for name, path in named_files(folder).items() if name != MIXTURE}


def parts_of(stems: Mapping[str, Path]) -> dict[str, Path]:
    """Return the stems that add up to the mixture: without an accompaniment of several others."""
    apart = {name: path for name, path in stems.items() if name != ACCOMPANIMENT}
    return apart if len(apart) > 1 else dict(stems)


def read_sums(sources: Mapping[Key, Iterable[Path]]) -> tuple[dict[Key, np.ndarray], int]:
    """Read sources, each the sum of its files, all of one format and length.

    Args:
        sources: Files of each source.

    Returns:
        Arrays (samples, channels) by source, and their sample rate in Hz.

    Raises:
        AudioError: If a file differs from the first in sample rate, length or number of channels.
    """
    first: tuple[Path, tuple[int, ...], int] | None = None
    arrays: dict[Key, np.ndarray] = {}
    for name, files in sources.items():
        for path in files:
            array, rate = read_audio(path)
            first = first or (path, array.shape, rate)
            _require_alike(path, array.shape, rate, *first)
            arrays[name] = arrays[name] + array if name in arrays else array
    if first is None:
        raise ValueError("`sources` must contain at least one source. Received: none")
    return arrays, first[2]


def read_estimate(path: Path, samples: int, channels: int, rate: int, truth: Path) -> np.ndarray:
    """Read an estimate, zero-padded or cut to the length of its references.

    Padding, codecs and resampling make a file slightly longer or shorter. The number of samples is
    printed; a difference of more than a second means another recording. A file of a format that
    does not hold the rate of the references, such as Opus at 44.1 kHz, is resampled to it.

    Args:
        path: File of the estimate.
        samples: Length of the references in samples.
        channels: Number of channels of the references.
        rate: Sample rate of the references in Hz.
        truth: File of a reference, for the message.

    Raises:
        AudioError: If the file's sample rate, number of channels or length does not match.
    """
    array, own_rate = read_audio(path)
    if own_rate != rate and _rate_of_format(path, own_rate, rate):
        array, own_rate = resample(array, own_rate, rate), rate
    more = len(array) - samples
    compared = samples if abs(more) <= MOST_SECONDS_APART * rate else len(array)
    _require_alike(path, (compared, array.shape[1]), own_rate, truth, (samples, channels), rate)
    if more:
        done = f"{more} samples cut at its end" if more > 0 else f"zero-padded by {-more} samples"
        say(f"{path}: {done}, to the length of {truth}")
    return np.pad(array[:samples], ((0, max(0, -more)), (0, 0)))


def _rate_of_format(path: Path, own_rate: int, rate: int) -> bool:
    """Whether a file has this rate because its format cannot have the rate that was wanted."""
    formats = [name for name, form in AUDIO_FORMATS.items() if form.suffix == path.suffix]
    return any(held_rate_hz(name, rate) == own_rate for name in formats)


def _require_alike(
    path: Path,
    shape: tuple[int, ...],
    rate: int,
    first: Path,
    first_shape: tuple[int, ...],
    first_rate: int,
) -> None:
    for what, here, there in (
        ("Hz", rate, first_rate),
        ("samples", shape[0], first_shape[0]),
        ("channels", shape[1], first_shape[1]),
    ):
        if here != there:
            raise AudioError(path, f"{here} {what}, but {first} has {there}")
