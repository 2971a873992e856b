"""Indices of TensorFlow's checkpoints with right checksums, whatever their entries say."""

import struct

from keras_sep.convert._crc32c import crc32c

HEADER = (b"", b"\x08\x01")  # numbers in one file


def checksum(content):
    crc = crc32c(content)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def varint(n):
    return (bytes([n & 127 | 128]) + varint(n >> 7)) if n > 127 else bytes([n])


def field(number, value):
    """A field of a protocol buffer: of a number, or of bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def entry(shape, offset, size, crc=0):
    """What the index says of a tensor of float32."""
    axes = b"".join(field(2, field(1, axis)) for axis in shape)
    place = field(4, offset) + field(5, size) + b"\x35" + struct.pack("<I", crc)
    return field(1, 1) + field(2, axes) + place


def block(entries):
    """Keys in full, or as a pair of what each shares with the one before and the rest."""
    content = b""
    for key, value in entries:
        shared, own = key if isinstance(key, tuple) else (0, key)
        content += varint(shared) + varint(len(own)) + varint(len(value)) + own + value
    content += struct.pack("<II", 0, 1)
    return content, content + b"\0" + struct.pack("<I", checksum(content + b"\0"))


def table(entries, times=1):
    """An index whose list names its only block so many times."""
    content, stored = block(entries)
    place = varint(0) + varint(len(content))
    listed, stored_list = block([(b"%03d" % n, place) for n in range(times)])
    footer = bytes(2) + varint(len(stored)) + varint(len(listed))
    return stored + stored_list + footer.ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57)
