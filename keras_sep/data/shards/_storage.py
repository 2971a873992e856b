"""How samples are stored: their types, and addresses that run through several files."""

import os
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

from keras_sep.data.audio.audio_error import AudioError

DTYPES: dict[str, np.dtype[Any]] = {"int16": np.dtype("<i2"), "float32": np.dtype("<f4")}
_STEP = np.float32(2**-15)


def encode(block: np.ndarray, dtype: str) -> tuple[np.ndarray, int]:
    """Samples as they are stored, and how many of them were beyond the range of the type.

    Example:

    >>> encode(np.array([[0.5, -1.0, 1.5]], "float32"), "int16")
    (array([[ 16384, -32768,  32767]], dtype=int16), 1)
    """
    if dtype == "float32":
        return np.ascontiguousarray(block, DTYPES[dtype]), 0
    steps = np.rint(block * np.float32(2**15))
    limited = np.clip(steps, -(2**15), 2**15 - 1)
    return limited.astype(DTYPES[dtype]), int((steps != limited).sum())


def decode(stored: np.ndarray) -> np.ndarray:
    """Float32 samples of stored ones; full scale at -1 and 1."""
    if stored.dtype == DTYPES["float32"]:
        return stored.astype(np.float32, copy=False)
    return np.multiply(stored, _STEP, dtype=np.float32)


class ShardFile(NamedTuple):
    """A file of a group of tracks."""

    path: Path
    bytes: int
    sha256: str


def read_bytes(files: tuple[ShardFile, ...], address: int, out: memoryview) -> None:
    """Fill `out` with the bytes from an address on, which runs through the files in turn.

    No file stays open: data sets may have more of them than a process may open.

    Raises:
        AudioError: If a file is missing or shorter than the index says.
    """
    for file in files:
        if not len(out):
            return
        if address >= file.bytes:
            address -= file.bytes
            continue
        count = min(len(out), file.bytes - address)
        try:
            with file.path.open("rb", buffering=0) as opened:
                opened.seek(address)
                read = opened.readinto(out[:count])
        except OSError as error:
            raise AudioError(file.path, f"cannot be read ({error.strerror})") from error
        if read != count:
            raise AudioError(file.path, "cut short: prepare the data again")
        out, address = out[count:], 0
    if len(out):
        raise ValueError("the index names bytes beyond the end of its files: prepare again")


class ShardWriter:
    """Writes to addresses that run through files of bounded size.

    Args:
        folder: Folder of the files, named 0, 1 and so on.
        most_bytes: Size of each but the last.
    """

    def __init__(self, folder: Path, most_bytes: int):
        self._folder = folder
        self._most = most_bytes
        self._files: list[IO[bytes]] = []

    def __enter__(self) -> "ShardWriter":
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files:
            file.close()

    def write(self, address: int, data: memoryview) -> None:
        """Write bytes at an address."""
        while len(data):
            number, offset = divmod(address, self._most)
            while number >= len(self._files):
                path = self._folder / str(len(self._files))
                self._files.append(path.open("w+b", buffering=0))
            count = min(len(data), self._most - offset)
            self._files[number].seek(offset)
            written = self._files[number].write(data[:count])
            data, address = data[written:], address + written

    def finish(self, total: int) -> list[Path]:
        """Cut the files to a total size, and return those that hold something, on the disk."""
        kept = -(-total // self._most)
        for number, file in enumerate(self._files[:kept]):
            file.truncate(min(self._most, total - number * self._most))
            file.flush()
            os.fsync(file.fileno())
        return [self._folder / str(number) for number in range(kept)]
