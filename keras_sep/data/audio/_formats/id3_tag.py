"""ID3 tags, which music players write at the start of MP3 and sometimes other files."""

from typing import BinaryIO


def id3_length(head: bytes) -> int:
    """Length in bytes of the tag that starts with these ten bytes; 0 if it is not a tag."""
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    size = 0
    for byte in head[6:10]:  # seven bits of each
        size = size << 7 | byte & 0x7F
    return 10 + size


def skip_id3_tag(file: BinaryIO) -> int:
    """Move to the end of a file's ID3 tag, or to its start, and return that position in bytes."""
    file.seek(0)
    return file.seek(id3_length(file.read(10)))
