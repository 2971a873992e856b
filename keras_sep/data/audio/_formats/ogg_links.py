"""The links of a chained Ogg file, and whether all their pages are present and intact."""

import mmap
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from keras_sep.data.audio._file_part import Part
from keras_sep.data.audio.audio_error import AudioError

_HEADER = struct.Struct("<4sBBqIIIB")
_FIRST, _LAST = 2, 4  # flags
_HEADER_PAGES = 3  # at most, in Vorbis and Opus
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class _Page(NamedTuple):
    start: int  # in the file, in bytes
    stop: int
    flags: int
    position: int  # of the last sample that ends in it
    serial: int
    number: int


class OggLink:
    """A link: pages that start with headers, and are an Ogg file of their own.

    Args:
        path: Path of the file.
        start: Position of its first page in bytes.
    """

    def __init__(self, path: Path, start: int):
        self._path = path
        self._start = self._stop = start
        self._latest: dict[int, _Page] = {}  # of each stream
        self._in_order, self._lasts = True, 0
        self.begun = False  # it has pages after the first ones of its streams

    def add(self, page: _Page) -> None:
        """Add the next page."""
        before = self._latest.get(page.serial)
        last_number = before.number if before else -1
        if page.number != last_number + 1:
            if last_number > _HEADER_PAGES:
                raise AudioError(
                    self._path,
                    f"damaged: pages are missing before byte {page.start} (page "
                    f"{last_number + 1} expected, {page.number} found)",
                )
            self._in_order = False
        if before and page.position < before.position:
            if page.position >= 0:
                raise AudioError(
                    self._path, f"damaged: the Ogg page at byte {page.start} goes back in time"
                )
            page = page._replace(position=before.position)  # no packet ends in it
        self._latest[page.serial] = page
        self._lasts += page.flags & _LAST > 0
        self.begun |= not page.flags & _FIRST
        self._stop = page.stop

    @property
    def part(self) -> Part:
        """The bytes of this link."""
        return Part(self._start, self._stop)

    @property
    def has_sound(self) -> bool:
        """Whether anything follows the headers."""
        return any(page.position > 0 for page in self._latest.values())

    @property
    def lacks_pages(self) -> bool:
        """Whether pages are missing at its ends, as in a recorded live stream."""
        return not self._in_order or self._lasts < len(self._latest)

    @property
    def is_one_whole(self) -> bool:
        """Whether it holds a single stream, from its first page to its last."""
        return not self.lacks_pages and len(self._latest) == 1


def ogg_links(path: Path) -> list[OggLink]:
    """The links of an Ogg file, several if files were joined; those without sound are left out.

    Raises:
        AudioError: If pages are damaged, missing or cut.
    """
    links: list[OggLink] = []
    for page in _pages(path):
        if not links or (page.flags & _FIRST and links[-1].begun):
            links.append(OggLink(path, page.start))
        links[-1].add(page)
    return [link for link in links if link.has_sound] or links[:1]


def _pages(path: Path) -> Iterator[_Page]:
    with (
        open(path, "rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        at = 0
        while header := file.read(_HEADER.size):
            magic = header[:4]
            if magic != b"OggS":
                if any(header) and magic[:3] not in (b"TAG", b"ID3", b"APE"):
                    raise AudioError(
                        path, f"damaged: no Ogg page at byte {at}, where one should begin"
                    )
                # zeros or a tag before the first page, between files or after the last page
                if (at := content.find(b"OggS", at)) < 0:
                    return
                file.seek(at)
                continue
            if len(header) < _HEADER.size:
                raise AudioError(path, "cut short: the last Ogg page is not whole")
            _, _, flags, position, serial, number, checksum, segments = _HEADER.unpack(header)
            table = file.read(segments)
            body = file.read(sum(table))
            if len(table) < segments or len(body) < sum(table):
                raise AudioError(path, "cut short: the last Ogg page is not whole")
            if _checksum(header[:22] + bytes(4) + header[26:] + table + body) != checksum:
                raise AudioError(path, f"damaged: the Ogg page at byte {at} has a wrong checksum")
            yield _Page(at, file.tell(), flags, position, serial, number)
            at = file.tell()


def _checksum(page: bytes) -> int:
    """CRC-32 as Ogg has it: bits of a byte in the reverse order of zlib's, starting from 0."""
    mirrored = zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)
