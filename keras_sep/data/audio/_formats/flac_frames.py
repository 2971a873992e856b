"""Whether a FLAC file is complete and not joined, by a few of its frames, without decoding."""

import functools
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from keras_sep.data.audio._formats.id3_tag import skip_id3_tag

_SYNC = re.compile(rb"\xff[\xf8\xf9]")
_PROBES = 16
_LONGEST_FRAME = 1 << 17  # if the header does not say
_LONGEST_HEADER = 16


class _StreamInfo(NamedTuple):
    start: int  # of the first frame, in bytes
    block: int  # samples of a frame, if constant
    longest_frame: int  # in bytes
    samples: int  # 0 if the encoder did not know


def flac_samples(file: BinaryIO) -> int:
    """Number of samples by a FLAC file's header; 0 if it does not say or is not a FLAC file."""
    info = _stream_info(file)
    return info.samples if info else 0


def is_one_whole_flac(path: Path) -> bool:
    """Whether the last frame is whole and in its place, and frame numbers never start again.

    True is certain; False may also mean a tag after the last frame.
    """
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        info = _stream_info(file)
        if not info or not info.samples:
            return False
        span = info.longest_frame + _LONGEST_HEADER
        last = -1
        for probe in range(_PROBES):
            file.seek(info.start + (size - info.start) * probe // _PROBES)
            number = next((first for _, first, _ in _frames(file.read(span), info)), None)
            if number is None or number < last:
                return False
            last = number
        file.seek(max(info.start, size - span))
        tail = file.read()
        ends = [(at, first + count) for at, first, count in _frames(tail, info)]
        return any(
            end == info.samples and _crc(tail[at:], 16, 0x8005) == 0 for at, end in ends[-3:]
        )


def _stream_info(file: BinaryIO) -> _StreamInfo | None:
    skip_id3_tag(file)
    if file.read(4) != b"fLaC":
        return None
    info = None
    while len(header := file.read(4)) == 4:
        length = int.from_bytes(header[1:], "big")
        if header[0] & 0x7F == 0 and length >= 18:
            fields = file.read(length)
            info = (
                int.from_bytes(fields[2:4], "big"),
                int.from_bytes(fields[7:10], "big") or _LONGEST_FRAME,
                int.from_bytes(fields[13:18], "big") & 0xFFFFFFFFF,
            )
        else:
            file.seek(length, os.SEEK_CUR)
        if header[0] & 0x80:
            return _StreamInfo(file.tell(), *info) if info else None
    return None


def _frames(data: bytes, info: _StreamInfo) -> Iterator[tuple[int, int, int]]:
    """Position, first sample and number of samples of each frame that starts in these bytes."""
    for match in _SYNC.finditer(data):
        header = data[match.start() : match.start() + _LONGEST_HEADER]
        if frame := _frame(header, info):
            yield match.start(), *frame


def _frame(header: bytes, info: _StreamInfo) -> tuple[int, int] | None:
    if len(header) < 6 or header[3] & 1 or header[3] >> 4 > 10:
        return None
    # the number is coded as in UTF-8: its leading ones count its bytes
    ones = 8 - (header[4] ^ 0xFF).bit_length()
    number = header[4] & 0xFF >> ones + 1
    at = 4 + max(1, ones)
    for byte in header[5:at]:
        number = number << 6 | byte & 0x3F
    size, rate = header[2] >> 4, header[2] & 15
    if size == 0 or rate == 15:
        return None
    long_size = {6: 1, 7: 2}.get(size, 0)
    samples = int.from_bytes(header[at : at + long_size], "big") + 1
    if size == 1:
        samples = 192
    elif size < 6:
        samples = 576 << (size - 2)
    elif size > 7:
        samples = 256 << (size - 8)
    at += long_size + {12: 1, 13: 2, 14: 2}.get(rate, 0)
    if len(header) <= at or _crc(header[: at + 1], 8, 0x07):
        return None
    first = number if header[1] & 1 else number * info.block
    return (first, samples) if first + samples <= info.samples else None


def _crc(data: bytes, bits: int, polynomial: int) -> int:
    table, top = _crc_table(bits, polynomial), bits - 8
    crc = 0
    for byte in data:
        crc = (crc << 8 & (1 << bits) - 1) ^ table[crc >> top ^ byte]
    return crc


@functools.lru_cache
def _crc_table(bits: int, polynomial: int) -> list[int]:
    table = []
    for byte in range(256):
        crc = byte << bits - 8
        for _ in range(8):
            crc = crc << 1 ^ (polynomial if crc >> bits - 1 else 0)
            crc &= (1 << bits) - 1
        table.append(crc)
    return table
