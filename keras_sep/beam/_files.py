"""Files here and in object stores, through Beam's file systems."""

import contextlib
import glob
import hashlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple

from apache_beam.io.filesystem import BeamIOError, CompressionTypes
from apache_beam.io.filesystems import FileSystems

from keras_sep._hidden_folder import hidden_folder
from keras_sep._whole_files import replace_whole
from keras_sep.data import AudioError

_PIECE = 2**20
_AS_IT_IS = CompressionTypes.UNCOMPRESSED  # Beam would unpack what is called `.gz`


class Status(NamedTuple):
    """Size of a file in bytes, and when it changed, in seconds since 1970."""

    bytes: int
    modified: float


def is_here(path: str) -> bool:
    """Whether a path has no scheme, such as `gs://`, and so is of this machine."""
    return FileSystems.get_scheme(path) is None


def join(folder: str, *names: str) -> str:
    """The path of a name in a folder."""
    return os.path.join(folder, *names) if is_here(folder) else FileSystems.join(folder, *names)


def beside(path: str, name: str) -> str:
    """The path of a file in the folder of another."""
    return path[: len(path) - len(PurePosixPath(path).name)] + name


def status(path: str) -> Status:
    """Look a file up, by its name and not as a pattern: songs have brackets in theirs."""
    try:
        if is_here(path):
            found = os.stat(path)
            return Status(found.st_size, found.st_mtime)
        data = FileSystems.get_filesystem(path).metadata(path)
    except BeamIOError as error:
        raise AudioError(path, f"cannot be found ({error})") from error
    except OSError as error:
        raise AudioError(path, f"cannot be opened ({error.strerror or error})") from error
    return Status(data.size_in_bytes, data.last_updated_in_seconds)


def exists(path: str) -> bool:
    """Whether there is a file of this name."""
    return os.path.isfile(path) if is_here(path) else FileSystems.exists(path)


def read(path: str, most: int) -> bytes:
    """The content of a file, at most so many bytes of it."""
    with _opened(path) as file:
        return file.read(most)


def write(path: str, content: bytes) -> None:
    """Write a file that appears complete."""
    if is_here(path):
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        replace_whole(Path(path), lambda partial: partial.write_bytes(content))
    else:
        _upload(path, lambda file: file.write(content))


def move(file: Path, path: str) -> None:
    """Move a file of this machine to where it appears complete; here, on the same disk."""
    if is_here(path):
        os.replace(file, path)
        return
    with file.open("rb") as read_from:
        _upload(path, lambda to: shutil.copyfileobj(read_from, to, _PIECE))
    file.unlink()


def remove(path: str) -> None:
    """Remove a file, if it is there."""
    if is_here(path):
        Path(path).unlink(missing_ok=True)
    elif exists(path):
        FileSystems.delete([glob.escape(path)])  # which takes patterns


@contextlib.contextmanager
def local(path: str) -> Iterator[tuple[Path, str]]:
    """Give a file of this machine, which may be a copy, and its SHA-256."""
    if is_here(path):
        try:
            with open(path, "rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise AudioError(path, f"cannot be read ({error.strerror})") from error
        yield Path(path), sha256
        return
    with hidden_folder(Path(tempfile.gettempdir())) as folder:
        copy = folder / PurePosixPath(path).name
        digest = hashlib.sha256()
        with _opened(path) as file, copy.open("wb") as written:
            while piece := file.read(_PIECE):
                digest.update(piece)
                written.write(piece)
        yield copy, digest.hexdigest()


def _opened(path: str) -> contextlib.AbstractContextManager[IO[bytes]]:
    if is_here(path):
        return open(path, "rb")
    return contextlib.closing(FileSystems.open(path, compression_type=_AS_IT_IS))


def _upload(path: str, fill: Callable[[Any], Any]) -> None:
    # closed early, as on errors, a file of an object store appears as it is: hence the other name
    partial = f"{path}.unfinished-{uuid.uuid4().hex}"
    try:
        with contextlib.closing(FileSystems.create(partial, compression_type=_AS_IT_IS)) as file:
            fill(file)
        FileSystems.rename([partial], [path])
    except BaseException:
        with contextlib.suppress(Exception):
            remove(partial)
        raise
