"""Output folders of the files of a batch."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path


def output_folders(files: Iterable[Path], out: Path) -> dict[Path, Path]:
    """Return a separate folder in `out` for each file.

    It has the name of the file without its suffix. Files that share that name keep the suffix;
    files that share that, too, such as the mixtures of a data set, use the name of their folder, or
    as much of the path as distinguishes them. A file that is given twice is listed once.

    Args:
        files: Files of the batch.
        out: Folder for all of them.

    Example:

    >>> names = ["a.wav", "b.wav", "b.mp3", "one/mixture.wav", "two/mixture.wav"]
    >>> [str(folder) for folder in output_folders(map(Path, names), Path("out")).values()]
    ['out/a', 'out/b.wav', 'out/b.mp3', 'out/one', 'out/two']
    """
    paths = {file.parent.resolve() / file.name: file for file in files}
    names = {path: _names(path) for path in paths}
    depth = dict.fromkeys(paths, 0)
    while shared := _shared({path: names[path][depth[path]] for path in paths}):
        for path in shared:
            depth[path] = min(depth[path] + 1, len(names[path]) - 1)
    return {file: out / names[path][depth[path]] for path, file in paths.items()}


def _names(path: Path) -> list[Path]:
    """Possible names of a file's folder; the last is unique."""
    parts = path.relative_to(path.anchor).parts
    tails = [Path(*parts[-count:]) for count in range(2, len(parts) + 1)]
    names = [Path(path.stem), Path(path.name), Path(path.parent.name), *tails]
    return [name for name in names if str(name).strip(". ")] or [Path(f"_{path.name}")]


def _shared(names: dict[Path, Path]) -> list[Path]:
    counts = Counter(names.values())
    return [path for path, name in names.items() if counts[name] > 1]
