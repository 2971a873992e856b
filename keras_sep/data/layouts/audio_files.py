"""Which files of a folder are audio, and which links are followed.

Files and folders whose names begin with a dot are ignored. Links to files and folders are followed,
each folder once, so that circular links end. Suffixes match in either case. A folder is never
audio, whatever its name. A stem file (`.stem.mp4`) holds a mixture with its stems: it is a track,
and not a stem.
"""

import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from keras_sep.data.audio.stem_file import is_stem_file

# formats that libsndfile or FFmpeg reads; `.raw` has no header
AUDIO_SUFFIXES = (
    ".wav", ".wave", ".bwf", ".rf64", ".w64", ".flac", ".aiff", ".aif", ".aifc", ".caf", ".au",
    ".snd", ".sph", ".voc", ".wv", ".ape", ".tta", ".mp3", ".mp2", ".ogg", ".oga", ".opus", ".spx",
    ".m4a", ".m4b", ".mp4", ".aac", ".ac3", ".wma", ".mka", ".webm",
)  # fmt: skip
_BEGINNING = re.compile(
    rb"(RIFF|RIFX|RF64)....WAVE|riff|FORM....AIF[FC]|fLaC|OggS|ID3|caff|\.snd", re.DOTALL
)


def audio_files(folder: Path) -> list[Path]:
    """The audio files directly in a folder, sorted."""
    return [path for path in _entries(folder) if _is_audio(path)]


def folders_in(folder: Path) -> list[Path]:
    """The folders directly in a folder, sorted."""
    return [path for path in _entries(folder) if path.is_dir()]


def audio_files_below(root: Path) -> list[Path]:
    """The audio files at any depth below a folder, sorted.

    A folder with several paths is entered once, by a path without links if there is one.
    """
    return sorted(path for folder in _folders(root) for path in audio_files(folder))


def songs_below(root: Path) -> list[Path]:
    """The audio files at any depth below a folder, stem files with their mixture included."""
    found = (path for folder in _folders(root) for path in stem_files_in(folder))
    return sorted([*audio_files_below(root), *found])


def stem_files_in(folder: Path) -> list[Path]:
    """The files of a folder that each hold a mixture and its stems, as MUSDB18's do."""
    return [path for path in _entries(folder) if is_stem_file(path) and not path.is_dir()]


def misnamed_audio(folder: Path) -> list[Path]:
    """The files of a folder that start like audio but have another suffix."""
    others = [path for path in _entries(folder) if not _has_suffix(path) and path.is_file()]
    return [path for path in others if _begins_as_audio(path)]


def _entries(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _has_suffix(path: Path) -> bool:
    return path.suffix.lower() in AUDIO_SUFFIXES


def _is_audio(path: Path) -> bool:
    # a broken link counts: reading it reports the problem
    return _has_suffix(path) and not is_stem_file(path) and not path.is_dir()


def _begins_as_audio(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return _BEGINNING.match(file.read(12)) is not None
    except OSError:
        return False


def _folders(root: Path) -> Iterator[Path]:
    seen: set[Path] = set()
    waiting = deque([root])
    while waiting:
        folder = waiting.popleft()
        if (real := folder.resolve()) in seen:
            continue
        seen.add(real)
        yield folder
        inside = folders_in(folder)
        waiting.extendleft(path for path in inside if not path.is_symlink())
        waiting.extend(path for path in inside if path.is_symlink())
