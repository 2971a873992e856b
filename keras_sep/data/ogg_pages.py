"""Whether every page of an Ogg file is there and sound."""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from keras_sep.data.audio_error import AudioError

_HEADER = struct.Struct("<4sBBqIIIB")
_FIRST, _LAST = 2, 4  # flags
_HEADER_PAGES = 3  # at most, in Vorbis and Opus
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class _Page(NamedTuple):
    at: int  # in the file, in bytes
    flags: int
    serial: int
    number: int
    body: bytes


def is_one_whole_ogg(path: Path) -> bool:
    """Whether an Ogg file holds one stream from its first page to its last.

    Not so files that were joined, several streams at once, and recordings of a live stream,
    which may begin with any page after the headers and lack the last.

    Raises:
        AudioError: Where pages are damaged, missing or cut, or joined parts do not fit together.
    """
    numbers: dict[int, int] = {}
    codecs: dict[bytes, bytes] = {}
    firsts, lasts, in_order = 0, 0, True
    for page in _pages(path):
        before = numbers.get(page.serial, -1)
        if page.flags & _FIRST:
            codec = page.body[:8]
            form = page.body[:16] if codec[1:7] == b"vorbis" else page.body[:10]
            if codecs.setdefault(codec, form) != form:
                raise AudioError(
                    path,
                    "joined from parts of different rates or channels, the next of which begins "
                    f"at byte {page.at}; cut it there, or convert the parts one by one",
                )
        elif page.number != before + 1:
            if before > _HEADER_PAGES:
                raise AudioError(
                    path,
                    f"damaged: pages are missing before byte {page.at} (number {before + 1} "
                    f"expected, {page.number} found)",
                )
            in_order = False
        numbers[page.serial] = page.number
        firsts += page.flags & _FIRST > 0
        lasts += page.flags & _LAST > 0
    return in_order and firsts == 1 and lasts == 1


def _pages(path: Path) -> Iterator[_Page]:
    with open(path, "rb") as file:
        at = 0
        while header := file.read(_HEADER.size):
            magic = header[:4]
            if magic != b"OggS":
                if not any(header) or magic[:3] in (b"TAG", b"ID3", b"APE"):
                    return  # zeros or a tag behind the last page
                raise AudioError(path, f"damaged: no Ogg page where one should begin, byte {at}")
            if len(header) < _HEADER.size:
                raise AudioError(path, "cut short: the last Ogg page is not whole")
            _, _, flags, _, serial, number, checksum, segments = _HEADER.unpack(header)
            table = file.read(segments)
            body = file.read(sum(table))
            if len(table) < segments or len(body) < sum(table):
                raise AudioError(path, "cut short: the last Ogg page is not whole")
            if _checksum(header[:22] + bytes(4) + header[26:] + table + body) != checksum:
                raise AudioError(path, f"damaged: the Ogg page at byte {at} has a wrong checksum")
            yield _Page(at, flags, serial, number, body)
            at += len(header) + len(table) + len(body)


def _checksum(page: bytes) -> int:
    """Ogg's CRC-32 takes the bits of a byte the other way round than zlib's, and starts from 0."""
    mirrored = zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)
