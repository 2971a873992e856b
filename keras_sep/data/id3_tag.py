"""The tag that music players put in front of MP3 files, and sometimes of others."""

from typing import BinaryIO


def skip_id3_tag(file: BinaryIO) -> int:
    """Leave a file behind its ID3 tag, or at its start; the answer is the position, in bytes."""
    file.seek(0)
    head = file.read(10)
    length = 0
    if head[:3] == b"ID3" and len(head) == 10:  # seven bits of each of the last four bytes
        size = 0
        for byte in head[6:]:
            size = size << 7 | byte & 0x7F
        length = 10 + size
    return file.seek(length)
