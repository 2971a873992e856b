"""Tags that music players write at the end of MP3 and sometimes other files."""

import os
from typing import BinaryIO

_ID3V1 = 128  # bytes
_APE_FOOTER = 32
_LYRICS_END = 15  # six digits of the size and LYRICS200


def end_of_audio(file: BinaryIO) -> int:
    """Position in bytes where the tags at the end begin: ID3v1, APEv2 and Lyrics3, in any order.

    Args:
        file: The file; its position changes.
    """
    end = file.seek(0, os.SEEK_END)
    while length := _tag_length(file, end):
        end -= length
    return end


def _tag_length(file: BinaryIO, end: int) -> int:
    """Length of the tag that ends here in bytes; 0 if none does, or its size cannot be right."""
    start = max(0, end - _ID3V1)
    file.seek(start)
    tail = file.read(end - start)
    length = 0
    if tail[-_ID3V1:][:3] == b"TAG" and len(tail) == _ID3V1:
        length = _ID3V1
    elif tail[-_APE_FOOTER:][:8] == b"APETAGEX":
        size, _, flags = (
            int.from_bytes(tail[-_APE_FOOTER:][at : at + 4], "little") for at in (12, 16, 20)
        )
        length = size + (_APE_FOOTER if flags >> 31 else 0)  # the header is as long as the footer
    elif tail.endswith(b"LYRICS200") and tail[-_LYRICS_END:][:6].isdigit():
        length = int(tail[-_LYRICS_END:][:6]) + _LYRICS_END
    return length if length <= end else 0
