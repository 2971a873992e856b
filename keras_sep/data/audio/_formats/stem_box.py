"""The box of an MP4 file in which Native Instruments' stem files describe their stems."""

import os
import struct
from collections.abc import Iterator
from typing import BinaryIO

_MOST_BYTES = 1 << 20


def read_stem_box(file: BinaryIO) -> bytes:
    """Content of the box `moov/udta/stem`; nothing without one."""
    start, end = 0, file.seek(0, os.SEEK_END)
    for name in (b"moov", b"udta", b"stem"):
        found = next((box for box in _boxes(file, start, end) if box[0] == name), None)
        if found is None:
            return b""
        _, _, start, end = found
    file.seek(start)
    return file.read(end - start) if end - start <= _MOST_BYTES else b""


def add_stem_box(file: BinaryIO, content: bytes) -> None:
    """Add the box to a file whose last box is `moov`, as FFmpeg writes it.

    Args:
        file: The file, open for reading and writing.
        content: Content of the box.
    """
    end = file.seek(0, os.SEEK_END)
    moov = next(box for box in _boxes(file, 0, end) if box[0] == b"moov")
    udta = next((box for box in _boxes(file, *moov[2:]) if box[0] == b"udta"), None)
    new = struct.pack(">I4s", 8 + len(content), b"stem") + content
    if udta is None:
        new = struct.pack(">I4s", 8 + len(new), b"udta") + new
    at = moov[3] if udta is None else udta[3]
    if moov[3] != end:
        raise ValueError("the last box of the file must be `moov`")
    file.seek(at)
    behind = file.read()
    file.seek(at)
    file.write(new + behind)
    for box in (moov, udta):
        if box is not None:
            file.seek(box[1])
            file.write(struct.pack(">I", box[3] - box[1] + len(new)))


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int, int]]:
    """Name of each box, its start, and start and end of its content."""
    while end - start >= 8:
        file.seek(start)
        size, name = struct.unpack(">I4s", file.read(8))
        content = start + 8
        if size == 1:
            size = int.from_bytes(file.read(8), "big")
            content += 8
        stop = start + size if size else end
        if not content <= stop <= end:
            return
        yield name, start, content, stop
        start = stop
