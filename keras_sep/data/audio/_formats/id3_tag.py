"""The tag that music players put in front of MP3 files, and sometimes of others."""

from typing import BinaryIO


def id3_length(head: bytes) -> int:
    """Bytes of a tag of which these are the first ten; 0 of what is no tag."""
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    size = 0
    for byte in head[6:10]:  # seven bits of each
        size = size << 7 | byte & 0x7F
    return 10 + size


def skip_id3_tag(file: BinaryIO) -> int:
    """Leave a file behind its ID3 tag, or at its start; the answer is the position, in bytes."""
    file.seek(0)
    return file.seek(id3_length(file.read(10)))
