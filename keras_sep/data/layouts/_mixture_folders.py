"""Mixtures and their sources in folders side by side, under one file name."""

from collections.abc import Sequence
from pathlib import Path

from keras_sep._printable import printable
from keras_sep.data.layouts._read_tracks import TrackFiles, read_tracks
from keras_sep.data.layouts.audio_files import audio_files
from keras_sep.data.layouts.track import Track

_HEARD = {
    "mix_clean": ("speakers",),
    "mix_both": ("speakers", "noise"),
    "mix_single": ("s1", "noise"),
}


def heard_in(mixture: str, speakers: int) -> list[str]:
    """List the sources whose sum is a mixture of WHAM! or LibriMix.

    Example:

    >>> heard_in("mix_both", 2)
    ['s1', 's2', 'noise']
    """
    if mixture not in _HEARD:
        raise ValueError(f"`mixture` must be one of {[*_HEARD]}. Received: {mixture!r}")
    names = [f"s{number + 1}" for number in range(speakers)]
    return [name for part in _HEARD[mixture] for name in (names if part == "speakers" else [part])]


def mixture_folders(
    folder: Path, mixture: str, sources: Sequence[str], sample_rate_hz: int | None
) -> list[Track]:
    """Find the tracks laid out as `<folder>/<mixture or source>/<name>.wav`.

    Args:
        folder: Folder of one split.
        mixture: Name of the subfolder of mixtures, whose file names name the tracks.
        sources: Names of the subfolders of stems.
        sample_rate_hz: Sample rate to read the files at, in Hz; None for each track's own.
    """
    for name in (mixture, *sources):
        if not (folder / name).is_dir():
            raise ValueError(f"{printable(folder)}: has no folder `{name}`")
    listed = []
    for path in audio_files(folder / mixture):
        stems = {source: folder / source / path.name for source in sources}
        listed.append(TrackFiles(path.stem, folder, stems, path, [path, *stems.values()]))
    if not listed:
        raise ValueError(f"{printable(folder / mixture)}: no audio files in this folder")
    return read_tracks(folder, listed, sample_rate_hz=sample_rate_hz)
