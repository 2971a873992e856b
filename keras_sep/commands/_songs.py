"""The songs that the arguments of `separate` name: files, folders, patterns, standard input."""

import contextlib
import glob
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from keras_sep._hidden_folder import hidden_folder
from keras_sep._printable import printable, say
from keras_sep._source_names import MIXTURE
from keras_sep._whole_files import writing
from keras_sep.commands._batch import Batch
from keras_sep.data import AudioError
from keras_sep.data.audio import DamagedAudioError
from keras_sep.data.layouts import songs_below

STDIN = Path("-")


@contextlib.contextmanager
def standard_input(files: Iterable[Path]) -> Iterator[dict[Path, Path]]:
    """Copy standard input to a temporary file, if it is among the files, and give the copy of `-`.

    Decoders look at the end of a file first, which a pipe does not show.
    """
    if STDIN not in files:
        yield {}
        return
    if sys.stdin.isatty():
        raise ValueError(
            "-: standard input is the keyboard; send a file there, as in "
            "`keras-sep separate - < song.mp3`"
        )
    with hidden_folder(Path(tempfile.gettempdir())) as folder:
        copy = folder / "stdin"
        with writing(copy), copy.open("wb") as written:
            shutil.copyfileobj(sys.stdin.buffer, written)
        yield {STDIN: copy}


@contextlib.contextmanager
def named(file: Path, copy: Path) -> Iterator[Callable[[str], None]]:
    """Give a function that prints lines, and raise errors, about a copy by the name of its file."""
    try:
        yield lambda line: say(line.replace(str(copy), str(file), 1))
    except DamagedAudioError as error:
        hint = "--accept-damaged separates what can be decoded"
        raise AudioError(file, f"{error.problem} ({hint})") from error
    except AudioError as error:
        if error.path != copy:
            raise
        raise AudioError(file, error.problem) from error


def songs(given: Iterable[Path], out: Path, batch: Batch) -> dict[Path, Path]:
    """Return each song with its path inside the folder that was given, or else its name.

    Args:
        given: Files, folders and patterns.
        out: Folder of the stems, which are not separated again.
        batch: Record of the folders in which nothing is found.
    """
    found: dict[Path, Path] = {}
    for path in (one for each in given for one in _matches(each, out)):
        if not path.is_dir():
            found.setdefault(path, Path("stdin" if path == STDIN else path.name))
            continue
        try:
            inside = _songs_in(path, out)
        except (OSError, ValueError) as error:
            batch.fail(path, error)
        else:
            found = {file: file.relative_to(path) for file in inside} | found
    return found


def _matches(path: Path, out: Path) -> list[Path]:
    """What a pattern stands for, stems apart; a path that exists, or matches nothing, is kept."""
    if os.path.lexists(path):
        return [path]
    found = map(Path, sorted(glob.glob(str(path), recursive=True)))
    stems = out.resolve()
    return [one for one in found if not one.resolve().is_relative_to(stems)] or [path]


def _songs_in(folder: Path, out: Path) -> list[Path]:
    """Audio files at any depth; of a track with its stems, only the mixture."""
    stems = out.resolve()
    if stems == folder.resolve():
        raise ValueError(
            f"{printable(folder)}: the stems would go among the songs (--out), and be taken for "
            "songs the next time; choose another --out"
        )
    files = songs_below(folder)
    if stems.is_relative_to(folder.resolve()):
        files = [file for file in files if not file.resolve().is_relative_to(stems)]
    if not files:
        raise ValueError(f"{printable(folder)}: contains no audio files (WAV, FLAC, MP3, M4A, ...)")
    tracks = {file.parent for file in files if file.stem == MIXTURE}
    whole = [file for file in files if file.stem == MIXTURE or file.parent not in tracks]
    if beside := len(files) - len(whole):
        say(f"{folder}: {beside} stems beside a mixture left out")
    return whole
