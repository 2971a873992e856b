"""The folder of each song's stems."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from keras_sep._brief import brief, one_line
from keras_sep._output_folders import output_folders
from keras_sep._source_names import MIXTURE

_SCHEME = re.compile(r"([A-Za-z][-A-Za-z0-9+.]*):/+")


def path_of(given: Any) -> bytes:
    """A path that was given, as bytes: names need not be UTF-8.

    Example:

    >>> path_of("song.wav"), path_of(Path("caf\\udce9.wav"))
    (b'song.wav', b'caf\\xe9.wav')
    """
    try:
        path = os.fsencode(given)
    except TypeError:
        raise ValueError(
            f"a path must be text, bytes or a pathlib.Path. Received: {brief(given)}"
        ) from None
    if not PurePosixPath(os.fsdecode(path)).name or b"\0" in path:
        raise ValueError(f"a path must name a file. Received: {brief(given)}")
    try:
        _as_path(os.fsdecode(path)).parent.resolve()
    except (OSError, RuntimeError) as error:  # as of links in a circle
        raise ValueError(one_line(error)) from error
    return path


def inside(path: str, roots: Sequence[str]) -> str:
    """The path of a song inside the longest of the folders that holds it, or else its name.

    That of a `mixture` without such a folder has the name of its own before it.

    Example:

    >>> inside("gs://songs/rock/a.wav", ["gs://songs"])
    'rock/a.wav'
    >>> inside("gs://other/a.wav", ["gs://songs"])
    'a.wav'
    """
    lengths = [len(root) for root in map(_closed, roots) if path.startswith(root)]
    rest = PurePosixPath(path[max(lengths, default=0) :].lstrip("/"))
    if lengths and not {".", ".."} & {*rest.parts}:
        return str(rest)
    song = PurePosixPath(path)
    return "/".join(song.parts[-2:] if song.stem == MIXTURE and song.parent.name else [song.name])


def key_of(place: str) -> str:
    """What songs share whose folders could have the same name.

    Example:

    >>> key_of("Rock/Song.wav"), key_of("rock/song.mp3"), key_of("rock/song/mixture.wav")
    ('rock/song', 'rock/song', 'rock/song')
    """
    path = PurePosixPath(place)
    own = path.parent if path.stem == MIXTURE and path.parent.name else path
    return str(own.with_name(own.name.partition(".")[0] or own.name)).casefold()


def places(songs: Iterable[tuple[bytes, str]]) -> Iterator[tuple[bytes, str]]:
    """Yield each song once, with the folder of its stems, as `keras-sep separate` names them.

    Args:
        songs: Songs of one key, each with its path inside its root.
    """
    given = {_as_path(os.fsdecode(path)): (path, Path(place)) for path, place in sorted(songs)}
    folders = output_folders({song: place for song, (_, place) in given.items()}, Path())
    for song, folder in folders.items():
        yield given[song][0], str(folder)


def _closed(root: str) -> str:
    return root if root.endswith("/") else f"{root}/"


def _as_path(path: str) -> Path:
    """A path whose parents tell songs apart; the scheme of a store is the first of them."""
    return Path(_SCHEME.sub(r"/\1:/", path, count=1))
