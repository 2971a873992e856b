"""The length that an encoder wrote into the first frame of an MP3 file."""

import mmap
import re
from pathlib import Path
from typing import BinaryIO, NamedTuple

from keras_sep.data.audio._formats.id3_tag import id3_length, skip_id3_tag

_SAMPLES_OF_VERSION = {3: 1152, 2: 576, 0: 576}  # MPEG 1, 2 and 2.5
_DECODER_DELAY = 529  # samples, taken from the padding
_SIDE_INFO = {(3, False): 32, (3, True): 17, (2, False): 17, (2, True): 9}  # version, mono: bytes

_LONGEST_FRAME = 1442  # bytes
_FRAME = re.compile(
    rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb][\x10-\xef].(?:\0{9}|\0{17}|\0{32})(?:Xing|Info)", re.DOTALL
)


def xing_frames(path: Path) -> list[int]:
    """Positions in bytes of such first frames, or of the tags before them.

    A joined file has several. Of two without a frame between them, the last counts.
    """
    with (
        open(path, "rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        starts: list[int] = []
        for found in _FRAME.finditer(content):
            start = found.start()
            tag = content.rfind(b"ID3", 0, start)
            tagged = tag >= 0 and tag + id3_length(content[tag : tag + 10]) == start
            if starts and start - starts[-1] < _LONGEST_FRAME:
                starts.pop()
            starts.append(tag if tagged else start)
        return starts


def xing_samples(file: BinaryIO) -> int:
    """Number of samples by the Xing or Info header; 0 without one."""
    header = _header(file)
    if header is None:
        return 0
    frames, before, behind = header.frames, header.before, header.behind
    if not before + behind:
        frames -= 1  # some encoders count the header's frame, too
    behind = max(behind, _DECODER_DELAY)
    return max(0, frames * header.samples_of_frame - before - behind)


def fill_in_padding(file: BinaryIO, samples: int) -> None:
    """Write the encoder's padding that leaves so many samples; FFmpeg's is at most a frame short.

    Args:
        file: An MP3 file with an Info header as LAME and FFmpeg write it, open for both.
        samples: Number of its samples.
    """
    header = _header(file)
    if header is None:
        return
    behind = header.frames * header.samples_of_frame - header.before - samples
    if behind == header.behind or not 0 <= behind <= 0xFFF:
        return
    file.seek(header.start)
    frame = bytearray(file.read(header.padding_at + 15))
    frame[header.padding_at : header.padding_at + 3] = (header.before << 12 | behind).to_bytes(
        3, "big"
    )
    frame[-2:] = _crc16(bytes(frame[:-2])).to_bytes(2, "big")
    file.seek(header.start)
    file.write(frame)


class _Header(NamedTuple):
    start: int  # of its frame, in bytes
    padding_at: int  # in the frame, in bytes
    samples_of_frame: int
    frames: int
    before: int  # padding
    behind: int


def _header(file: BinaryIO) -> _Header | None:
    start = skip_id3_tag(file)
    frame = file.read(256)
    if len(frame) < 256 or frame[0] != 0xFF or frame[1] & 0xE6 != 0xE2:
        return None
    version, mono = frame[1] >> 3 & 3, frame[3] >> 6 == 3
    if version not in _SAMPLES_OF_VERSION:
        return None
    at = 4 + _SIDE_INFO[max(2, version), mono]
    flags = frame[at + 7]
    if frame[at : at + 4] not in (b"Xing", b"Info") or not flags & 1:
        return None
    frames = int.from_bytes(frame[at + 8 : at + 12], "big")
    # bytes, a table of contents and the quality may follow, then the encoder's padding
    encoder = at + 12 + 4 * (flags >> 1 & 1) + 100 * (flags >> 2 & 1) + 4 * (flags >> 3 & 1)
    padding = int.from_bytes(frame[encoder + 21 : encoder + 24], "big")
    return _Header(
        start, encoder + 21, _SAMPLES_OF_VERSION[version], frames, padding >> 12, padding & 0xFFF
    )


def _crc16(data: bytes) -> int:
    """CRC-16 as LAME has it, over the frame up to the sum itself: bits from the lowest up."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc
