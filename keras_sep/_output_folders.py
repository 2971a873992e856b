"""Output folders of the songs of a batch."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from keras_sep._source_names import MIXTURE


def output_folders(songs: Mapping[Path, Path], out: Path) -> dict[Path, Path]:
    """Return a separate folder in `out` for each song, the same alone as among others.

    It has the song's name without its suffix or, for a `mixture`, the name of its folder; below the
    subfolders of the folder that was given. Names that clash keep the suffix, and those that still
    clash get as much of the path before them as distinguishes them. A song that is given twice is
    listed once.

    Args:
        songs: Songs of the batch, each with its path inside the folder that was given, or its name.
        out: Folder for all of them.

    Example:

    >>> names = ["a.wav", "b.wav", "b.mp3", "one/mixture.wav", "x/song.mp3", "y/song.mp3"]
    >>> songs = {Path(name): Path(Path(name).name) for name in names}
    >>> [folder.as_posix() for folder in output_folders(songs, Path("out")).values()]
    ['out/a', 'out/b.wav', 'out/b.mp3', 'out/one', 'out/x/song', 'out/y/song']
    """
    paths = {song.parent.resolve() / inside.name: song for song, inside in songs.items()}
    names = {path: _names(path, songs[song]) for path, song in paths.items()}
    depth = dict.fromkeys(paths, 0)
    for _ in range(max(map(len, names.values()), default=0)):
        for path in _shared({path: names[path][depth[path]] for path in paths}):
            depth[path] = min(depth[path] + 1, len(names[path]) - 1)
    return {song: out / names[path][depth[path]] for path, song in paths.items()}


def _names(path: Path, inside: Path) -> list[Path]:
    """Possible names of a song's folder; the last is unique."""
    own = inside.parent / path.stem.removesuffix(".stem")  # as in song.stem.mp4
    if path.stem == MIXTURE:
        own = inside.parent if inside.parent.name else Path(path.parent.name)
    parts = path.relative_to(path.anchor).parts
    tails = [Path(*parts[-count:]) for count in range(2, len(parts) + 1)]
    longer = [name for tail in tails for name in (tail.parent / tail.stem, tail)]
    names = [own, inside, *longer]
    return [name for name in names if name.name.strip(". ")] or [Path(f"_{path.name}")]


def _shared(names: dict[Path, Path]) -> list[Path]:
    """Paths whose names are the same on a disk that ignores case."""
    counts = Counter(str(name).casefold() for name in names.values())
    return [path for path, name in names.items() if counts[str(name).casefold()] > 1]
