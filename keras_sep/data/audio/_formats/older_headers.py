"""The place of the samples in AVR, VOC, MAT, WVE, MPC2000 and SDS files, by their headers.

PAF, PVF, IRCAM and XI, as libsndfile writes them, do not count their samples, so a cut cannot be
found. libsndfile itself refuses HTK files that are cut.
"""

import math
import os
import struct
from collections.abc import Iterator
from typing import BinaryIO

_VOC_SOUND = (1, 2, 9)  # types of a block: samples, more of them, samples of any width
_MAT4_BYTES = (8, 4, 4, 2, 2, 1)  # of a number, by its type


def older_samples(file: BinaryIO) -> tuple[int, int] | None:
    """Start and declared size of the samples in bytes; None for any other file."""
    file.seek(0)
    head = file.read(512)
    if head[:4] == b"2BIT" and len(head) >= 128:
        stereo, bits, frames = head[12], *struct.unpack(">H10xI", head[14:30])
        return 128, frames * (2 if stereo else 1) * (bits // 8)
    if head[:20] == b"Creative Voice File\x1a":
        return max(_voc_blocks(file, int.from_bytes(head[20:22], "little")), default=None)
    if head[:16] == b"ALawSoundFile**\0":
        return 32, int.from_bytes(head[18:22], "big")
    if head[:2] == b"\x01\x04" and len(head) >= 42:
        return 42, int.from_bytes(head[30:34], "little") * (2 if head[21] else 1) * 2
    if head[20:31] == b"samplerate\0" and len(head) >= 59:
        order = "<" if head[0] == 0 and head[3] == 0 else ">"
        kind, rows, columns, _, name = struct.unpack(f"{order}5I", head[39:59])
        width = _MAT4_BYTES[min(kind // 10 % 10, 5)]
        return 59 + name, rows * columns * width
    if head[248:256] == b"wavedata" and len(head) >= 264:  # MAT 5, as libsndfile writes it
        return 264, int.from_bytes(head[260:264], "big" if head[126:128] == b"MI" else "little")
    if head[:2] == b"\xf0\x7e" and head[3:4] == b"\1" and len(head) >= 21:  # SDS
        width, samples = math.ceil(head[6] / 7), head[10] | head[11] << 7 | head[12] << 14
        return 21, 127 * math.ceil(samples * width / 120)
    return None


def _voc_blocks(file: BinaryIO, at: int) -> Iterator[tuple[int, int]]:
    """Start and size of each block of sound; the last may reach beyond the end of the file."""
    end = file.seek(0, os.SEEK_END)
    while at < end:
        file.seek(at)
        kind, size = file.read(1), int.from_bytes(file.read(3), "little")
        if kind == b"\0":
            return
        if kind[0] in _VOC_SOUND:
            yield at + 4, size
        at += 4 + size
