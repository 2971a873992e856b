"""Stem files (`.stem.mp4`): a mixture and its stems, each a stream of one file.

Native Instruments' DJ software plays them, and MUSDB18 consists of them.
"""

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path

from keras_sep._source_names import MIXTURE, require_source_names
from keras_sep.data.audio._ffmpeg_open import open_with_ffmpeg
from keras_sep.data.audio._formats.stem_box import read_stem_box
from keras_sep.data.audio.audio_error import AudioError
from keras_sep.data.audio.audio_file import audio_errors

STEM_SUFFIX = ".stem.mp4"
STEMS = ("drums", "bass", "other", "vocals")  # in the order of the streams
_COLORS = ("#009E73", "#D55E00", "#CC79A7", "#56B4E9")  # told apart by the colour-blind, too
# the mastering that a player applies to the sum of stems that were changed: none
_MASTERING = {
    "compressor": {
        "enabled": False,
        "input_gain": 0.0,
        "output_gain": 0.0,
        "threshold": 0.0,
        "dry_wet": 50,
        "attack": 0.003,
        "release": 0.3,
        "ratio": 3.0,
        "hp_cutoff": 300,
    },
    "limiter": {"enabled": False, "release": 0.05, "threshold": 0.0, "ceiling": -0.35},
}


def is_stem_file(path: Path) -> bool:
    """Whether a file is one by its name."""
    return path.name.lower().endswith(STEM_SUFFIX)


def track_name(path: Path) -> str:
    """Name of a track: that of its folder, or that of its stem file without the suffix."""
    return path.name[: -len(STEM_SUFFIX)] if is_stem_file(path) else path.name


def file_and_stem(path: Path) -> tuple[Path, str | None]:
    """The file of a path, and the stem in it that the path names, as in `song.stem.mp4/vocals`."""
    if is_stem_file(path.parent) and path.parent.is_file():
        return path.parent, path.name
    return path, None


def stream_names(path: Path) -> tuple[str, ...]:
    """Names of the streams of a stem file: the mixture, then its stems.

    They are those that the file states, in lower case. If it states none that can be used, four
    stems are drums, bass, other and vocals, as in MUSDB18, and others are numbered.
    """
    with open_with_ffmpeg(path) as container:
        count = len(container.streams.audio) - 1
    if count < 0:
        raise AudioError(path, "contains no audio stream")
    names = _stated_names(path)
    if len({MIXTURE, *names}) != 1 + count:
        names = STEMS if count == len(STEMS) else tuple(f"stem{n + 1}" for n in range(count))
    return MIXTURE, *names


def stem_streams(path: Path) -> dict[str, Path]:
    """Paths of the mixture and the stems in a stem file, for `read_audio`."""
    with audio_errors(path):
        return {name: path / name for name in stream_names(path)}


def stem_description(stems: Sequence[str]) -> bytes:
    """What a stem file states of its stems, as JSON."""
    colors = [_COLORS[number % len(_COLORS)] for number in range(len(stems))]
    named = [{"name": name, "color": color} for name, color in zip(stems, colors, strict=True)]
    return json.dumps({"version": 1, "mastering_dsp": _MASTERING, "stems": named}).encode()


def _stated_names(path: Path) -> tuple[str, ...]:
    with path.open("rb") as file:
        content = read_stem_box(file)
    with contextlib.suppress(ValueError, TypeError, LookupError, AttributeError, RecursionError):
        names = [stem["name"].strip().lower() for stem in json.loads(content)["stems"]]
        return require_source_names(names)
    return ()
