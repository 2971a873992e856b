"""Where the stems of each song of a batch go."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from keras_sep._printable import printable
from keras_sep.commands._batch import Batch
from keras_sep.inference import stem_paths

PREVIEW = "preview"


class Place(NamedTuple):
    """Folder of the stems of a song, and the name of their files with `{stem}` in it."""

    folder: Path
    name: str


def stem_places(
    folders: Mapping[Path, Path], out: Path, pattern: str, preview: bool = False
) -> dict[Path, Place]:
    """Fill in the pattern `--name`; a preview has its own folder, as it is not the whole song.

    Args:
        folders: Folder in `out` of each song, as `output_folders` names them.
        out: Folder for all of them.
        pattern: Path of the stems in `out`, in which `{track}` stands for the song.
        preview: Whether only an excerpt of each song is separated. Default False.

    Example:

    >>> folders = {Path("song.mp3"): Path("stems/song")}
    >>> place = stem_places(folders, Path("stems"), "band/{track} - {stem}")[Path("song.mp3")]
    >>> place.folder.as_posix(), place.name
    ('stems/band', 'song - {stem}')
    """
    places = {}
    for song, folder in folders.items():
        path = out / pattern.replace("{track}", str(folder.relative_to(out)))
        places[song] = Place(path.parent / PREVIEW if preview else path.parent, path.name)
    return places


def files_of_stems(
    places: Mapping[Path, Place], stems: Iterable[str], audio_format: str, batch: Batch
) -> dict[Path, list[Path]]:
    """Return the files of each song's stems; a song whose name they cannot have has failed."""
    files: dict[Path, list[Path]] = {}
    for song, (folder, name) in places.items():
        try:
            files[song] = [*stem_paths(folder, stems, audio_format, name).values()]
        except ValueError as error:
            batch.fail(song, error)
    return files


def require_apart(files: Mapping[Path, Iterable[Path]]) -> None:
    """Raise, before anything is separated, if a stem would replace a song of the batch or its stem.

    Songs are compared by identity on disk, whatever links or spellings lead to them; stems by their
    names, on a disk that ignores case.

    Args:
        files: Files of each song's stems.
    """
    given = {identity: song for song in files if (identity := _identity(song))}
    taken: dict[str, Path] = {}
    for song, paths in files.items():
        for path in paths:
            identity = _identity(path)
            if identity and (replaced := given.get(identity)):
                raise ValueError(
                    f"{printable(replaced)}: would be replaced by a stem of {printable(song)} "
                    f"({path}); choose another --out"
                )
            other = taken.setdefault(str(path).casefold(), song)
            if other != song:
                raise ValueError(
                    f"{printable(path)}: would be a stem of {printable(other)} and of "
                    f"{printable(song)}; put {{track}} into --name"
                )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:  # reading it reports why
        return None
    return status.st_dev, status.st_ino
