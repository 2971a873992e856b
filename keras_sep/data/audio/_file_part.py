"""Part of a file, read like a separate file."""

import io
import os
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple


class Part(NamedTuple):
    """Range of bytes of a file.

    Args:
        start: Position of the first byte. Default 0.
        stop: Position after the last byte; None for the end of the file. Default None.
        header: Bytes that are read before them. Default: none.
    """

    start: int = 0
    stop: int | None = None
    header: bytes = b""

    def open(self, path: Path) -> BinaryIO:
        """Open these bytes of a file for reading, after the header."""
        file = io.FileIO(path)
        return file if self == WHOLE else io.BufferedReader(_PartOfFile(file, self))


WHOLE = Part()


class _PartOfFile(io.RawIOBase):
    def __init__(self, file: io.FileIO, part: Part):
        self.name = file.name
        self._file, self._part = file, part
        end = file.seek(0, os.SEEK_END)
        self._shift = part.start - len(part.header)
        self._size = (end if part.stop is None else min(part.stop, end)) - self._shift
        self._position = 0

    def readinto(self, buffer: Any) -> int:
        content = self._part.header[self._position : self._position + len(buffer)]
        at = self._position + len(content)
        room = min(len(buffer) - len(content), self._size - at)
        if room > 0:
            self._file.seek(at + self._shift)
            content += self._file.read(room) or b""
        buffer[: len(content)] = content
        self._position += len(content)
        return len(content)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        origins = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}
        self._position = max(0, origins[whence] + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()
