"""Writing pictures of a few colours as PNG."""

import struct
import zlib

import numpy as np


def indexed_png(indices: np.ndarray, colours: np.ndarray) -> bytes:
    """Encode a picture as a PNG with a palette.

    Args:
        indices: Place in the palette of every pixel, uint8 (height, width).
        colours: Palette, uint8 (at most 256, 3): red, green, blue.
    """
    height, width = indices.shape
    eight_bits, palette = 8, 3
    header = struct.pack(">IIBBBBB", width, height, eight_bits, palette, 0, 0, 0)
    lines = np.pad(indices, ((0, 0), (1, 0)))  # each begins with its filter, 0 for none
    parts = (
        (b"IHDR", header),
        (b"PLTE", colours.tobytes()),
        (b"IDAT", zlib.compress(lines.tobytes(), 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in parts)


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(content, zlib.crc32(name))
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)
