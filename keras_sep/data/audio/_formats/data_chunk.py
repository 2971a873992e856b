"""The place of a file's samples by its header, and whether they are there."""

import math
import os
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from keras_sep.data.audio._formats.older_headers import older_samples

# Sizes written by programs that cannot go back and fill in the true one: 0, -1, or slightly less
# than the largest signed or unsigned number.
_NEAR = 1 << 13
_TOP = (1 << 31, 1 << 32, 1 << 63, 1 << 64)
_FURTHEST = 1 << 62  # largest position in a file
_LONGEST_FORM = 1 << 16  # bytes
_TAG = re.compile(rb"LIST|id3 |ID3 |bext|iXML|cue |smpl|_PMX|acid|fact|PEAK")
_LONGEST_TAGS = 1 << 20  # bytes
_SOX_AIFF = range(0x7F000000, 0x7F000100)


class DataChunk(NamedTuple):
    """Part of a file that holds its samples.

    Args:
        start: Position of its first byte.
        size: Number of bytes that the header states.
        available: Number of bytes from its start to the end of the file.
        header: Corrected header of a WAV file whose own leaves the size open; else None.
    """

    start: int
    size: int
    available: int
    header: bytes | None


def data_chunk(path: Path) -> DataChunk | None:
    """Find the samples of a file; None if its header does not count them."""
    file_size = os.path.getsize(path)
    with open(path, "rb") as file:
        found = _find(file)
        if found is None:
            return None
        start, declared, bits, form = found
        available = max(0, file_size - start)
        size = declared
        if _is_open(declared) or (declared == 0 and not _chunks_follow(file, start, file_size)):
            size = _without_tags(file, start, available) if form else available
        elif bits == 32 and available - declared >= 1 << 32:  # the field has overflowed
            size = declared + ((available - declared) >> 32 << 32)
        header = _rf64_header(form, size) if form and size != declared else None
        return DataChunk(start, size, available, header)


def _without_tags(file: BinaryIO, start: int, available: int) -> int:
    """Bytes of the samples of a WAV file whose header leaves their number open.

    Chunks of tags may stand behind them: of known names, one after the other up to the end.
    """
    end = start + available
    first = max(start, end - _LONGEST_TAGS)
    file.seek(first)
    seen: set[int] = set()  # chunks from which no others lead to the end of the file
    for found in _TAG.finditer(file.read()):
        at = first + found.start()
        for name, content, size in _chunks(file, at, "<4sI"):
            if not _TAG.match(name) or content in seen:
                break
            if end - (content + size) in (0, 1):  # or a byte of padding
                return at - start
            seen.add(content)
    return available


def _rf64_header(form: bytes, size: int) -> bytes:
    """Header of a WAV file of any size, from the content of its `fmt ` chunk."""
    block = max(1, int.from_bytes(form[12:14], "little"))
    sizes = struct.pack("<IQQQI", 28, size + len(form) + 72, size, size // block, 0)
    open_size = b"\xff" * 4
    return b"".join(
        (
            *(b"RF64", open_size, b"WAVE", b"ds64", sizes),
            *(b"fmt ", struct.pack("<I", len(form)), form, b"data", open_size),
        )
    )


def _is_open(declared: int) -> bool:
    return declared in _SOX_AIFF or any(-_NEAR <= declared - top <= 64 for top in _TOP)


def _chunks_follow(file: BinaryIO, start: int, file_size: int) -> bool:
    """Whether an empty chunk is followed by nothing, or by chunks up to the end of the file."""
    for name, at, size in _chunks(file, start, "<4sI"):
        if not name.strip().isalnum() or at + size > file_size + 1:
            return False
    return file_size - start < 8 or _is_name(file, start)


def _find(file: BinaryIO) -> tuple[int, int, int, bytes] | None:
    """Start and declared size of the samples, bits of the size field, a WAV's `fmt ` chunk."""
    magic = file.read(40)
    if magic[:4] in (b"RIFF", b"RF64", b"BW64") and magic[8:12] == b"WAVE":
        return _find_in_riff(file, "<4sI")
    if magic[:4] == b"RIFX" and magic[8:12] == b"WAVE":
        return _find_in_riff(file, ">4sI")
    if magic[:4] == b"FORM" and magic[8:12] in (b"AIFF", b"AIFC"):
        for name, at, size in _chunks(file, 12, ">4sI"):
            if name == b"SSND":  # begins with an offset and a block size
                return at + 8, max(0, size - 8), 32, b""
    if magic[:4] == b"FORM" and magic[8:12] in (b"8SVX", b"16SV"):
        for name, at, size in _chunks(file, 12, ">4sI"):
            if name == b"BODY":
                return at, size, 32, b""
    if magic[:4] == b"riff" and magic[24:28] == b"wave":
        for name, at, size in _chunks(file, 40, "<16sQ", align=8, whole=True):
            if name[:4] == b"data":
                return at, size, 64, b""
    if magic[:4] == b"caff":
        for name, at, size in _chunks(file, 8, ">4sQ", align=1):
            if name == b"data":  # begins with a count of edits
                return at + 4, max(0, size - 4), 64, b""
    if magic[:8] == b"NIST_1A\n" and magic[8:15].strip().isdigit():
        return _find_in_nist(file, int(magic[8:15]))
    if magic[:4] in (b".snd", b"dns."):
        return *struct.unpack(">II" if magic[:4] == b".snd" else "<II", magic[4:12]), 32, b""
    older = older_samples(file)
    return older and (*older, 64, b"")


def _find_in_riff(file: BinaryIO, header: str) -> tuple[int, int, int, bytes] | None:
    form, long_size = b"", None
    for name, at, size in _chunks(file, 12, header):
        if name == b"ds64":
            file.seek(at + 8)
            long_size = int.from_bytes(file.read(8), "little")
        if name == b"fmt " and header[0] == "<":
            file.seek(at)
            form = file.read(min(size, _LONGEST_FORM))
        if name == b"data":
            if long_size is not None and size in (0xFFFFFFFF, 0):
                return at, long_size, 64, form
            return at, size, 32, form
    return None


def _find_in_nist(file: BinaryIO, start: int) -> tuple[int, int, int, bytes] | None:
    file.seek(0)
    fields = dict(re.findall(rb"^(\w+) -(?:i|s\d+) (\d+)$", file.read(start), re.MULTILINE))
    names = (b"sample_count", b"channel_count", b"sample_n_bytes")
    counts = [int(fields.get(name, 0)) for name in names]
    return (start, math.prod(counts), 64, b"") if all(counts) else None


def _chunks(
    file: BinaryIO, start: int, header: str, align: int = 2, whole: bool = False
) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and size of each chunk; with `whole`, sizes include the chunk's own header."""
    length = struct.calcsize(header)
    while start < _FURTHEST:
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
            start = end  # some writers omit the padding


def _is_name(file: BinaryIO, at: int) -> bool:
    file.seek(min(at, _FURTHEST))
    name = file.read(4)
    return len(name) == 4 and all(32 <= byte < 127 for byte in name)
