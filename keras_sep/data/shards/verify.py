"""Whether prepared data are as they were written."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from keras_sep.data.shards._index import read_index, shard_files
from keras_sep.data.shards._storage import ShardFile


def verify_prepared(folder: str | Path) -> list[str]:
    """Compare every shard with the hash in the index.

    Args:
        folder: Folder that `prepare` wrote.

    Returns:
        A line for each file that is missing or differs; none if all is well.

    Raises:
        ValueError: If the index is missing or damaged.

    Example:

    >>> import pathlib, tempfile
    >>> root = pathlib.Path(tempfile.mkdtemp())
    >>> _ = keras_sep.data.write_audio(root / "data/song/vocals.wav", np.ones((9, 2)), 8000)
    >>> _ = keras_sep.data.prepare(root / "data", root / "shards")
    >>> keras_sep.data.verify_prepared(root / "shards")
    []
    """
    folder = Path(folder)
    files = [file for group in read_index(folder).groups for file in shard_files(folder, group)]
    with ThreadPoolExecutor() as pool:  # hashing lets other threads compute
        return [line for line in pool.map(_problem, files) if line]


def _problem(file: ShardFile) -> str:
    try:
        with file.path.open("rb") as opened:
            size = file.path.stat().st_size
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        return f"{file.path}: {error.strerror}"
    if size != file.bytes:
        return f"{file.path}: has {size:,} bytes, wanted {file.bytes:,}"
    return "" if digest == file.sha256 else f"{file.path}: its content has changed (SHA-256)"
