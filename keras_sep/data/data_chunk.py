"""Where a WAV, RF64, W64, AIFF, AU or CAF file says its samples are, and whether they are there."""

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

# What a program that cannot go back and fill in the size leaves there: 0, -1, or a little less
# than the largest number with or without a sign.
_NEAR = 1 << 13
_TOP = (1 << 31, 1 << 32, 1 << 63, 1 << 64)
_SOX_AIFF = range(0x7F000000, 0x7F000100)


class DataChunk(NamedTuple):
    """The part of a file that holds its samples.

    Args:
        start: Where it begins, in bytes.
        size: How many bytes it has.
        available: How many bytes there are from its beginning to the end of the file.
        guessed: Whether the header leaves the size open, so that it is counted, not read.
        endian: "LITTLE" or "BIG", as the rest of the header.
    """

    start: int
    size: int
    available: int
    guessed: bool
    endian: str


def data_chunk(path: Path) -> DataChunk | None:
    """Find the samples of a file of chunks; None in any other file, or where there are none."""
    file_size = os.path.getsize(path)
    with open(path, "rb") as file:
        found = _find(file)
        if found is None:
            return None
        start, declared, bits, endian = found
        available = max(0, file_size - start)
        size, guessed = declared, False
        if _is_open(declared) or (declared == 0 and not _chunks_follow(file, start, endian)):
            size, guessed = available, True
        elif bits == 32 and available - declared >= 1 << 32:  # the field has overflowed
            size, guessed = declared + ((available - declared) >> 32 << 32), True
        return DataChunk(start, size, available, guessed, endian)


def _is_open(declared: int) -> bool:
    return declared in _SOX_AIFF or any(-_NEAR <= declared - top <= 64 for top in _TOP)


def _chunks_follow(file: BinaryIO, start: int, endian: str) -> bool:
    """Whether what is behind an empty chunk is nothing, or other chunks up to the end."""
    chunks = list(_chunks(file, start, "<4sI" if endian == "LITTLE" else ">4sI"))
    file_size = file.seek(0, os.SEEK_END)
    end = max((at + size for _, at, size in chunks), default=start)
    return all(name.isalnum() for name, _, _ in chunks) and abs(end - file_size) <= 1


def _find(file: BinaryIO) -> tuple[int, int, int, str] | None:
    """Start and declared size of the samples, bits of the size field, and byte order."""
    magic = file.read(40)
    if magic[:4] in (b"RIFF", b"RIFX", b"RF64", b"BW64") and magic[8:12] == b"WAVE":
        return _find_in_riff(file, "RIFX" if magic[:4] == b"RIFX" else "RIFF")
    if magic[:4] == b"FORM" and magic[8:12] in (b"AIFF", b"AIFC"):
        for name, at, size in _chunks(file, 12, ">4sI"):
            if name == b"SSND":  # begins with an offset and a block size
                return at + 8, size - 8 if size > 8 else 0, 32, "BIG"
    if magic[:4] == b"riff" and magic[24:28] == b"wave":
        for name, at, size in _chunks(file, 40, "<16sQ", align=8, whole=True):
            if name[:4] == b"data":
                return at, size, 64, "LITTLE"
    if magic[:4] == b"caff":
        for name, at, size in _chunks(file, 8, ">4sQ", align=1):
            if name == b"data":  # begins with a count of edits
                return at + 4, size - 4 if size > 4 else size, 64, "BIG"
    if magic[:4] in (b".snd", b"dns.") and len(magic) >= 24:
        order = ">" if magic[:4] == b".snd" else "<"
        start, size = struct.unpack(order + "II", magic[4:12])
        return start, size, 32, "BIG" if order == ">" else "LITTLE"
    return None


def _find_in_riff(file: BinaryIO, kind: str) -> tuple[int, int, int, str] | None:
    order, endian = ("<", "LITTLE") if kind == "RIFF" else (">", "BIG")
    long_size = None
    for name, at, size in _chunks(file, 12, order + "4sI"):
        if name == b"ds64":
            file.seek(at + 8)
            field = file.read(8)
            long_size = int.from_bytes(field, "little") if len(field) == 8 else None
        if name == b"data":
            if long_size is not None and size in (0xFFFFFFFF, 0):
                return at, long_size, 64, endian
            return at, size, 32, endian
    return None


def _chunks(
    file: BinaryIO, start: int, header: str, align: int = 2, whole: bool = False
) -> Iterator[tuple[bytes, int, int]]:
    """Name, beginning and size of each chunk; with `whole` a size counts its own header, too."""
    length = struct.calcsize(header)
    while True:
        file.seek(start)
        read = file.read(length)
        if len(read) < length:
            return
        name, size = struct.unpack(header, read)
        if whole:
            size = max(0, size - length)
        yield name, start + length, size
        end = start + length + size
        start = end + -end % align
        if start != end and not _is_name(file, start) and _is_name(file, end):
            start = end  # some writers leave out the padding


def _is_name(file: BinaryIO, at: int) -> bool:
    if at > 1 << 62:
        return False
    file.seek(at)
    name = file.read(4)
    return len(name) == 4 and all(32 <= byte < 127 for byte in name)
