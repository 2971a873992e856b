"""Tags and covers in files that FFmpeg writes."""

import base64
import struct
from fractions import Fraction
from typing import Any

import av

from keras_sep.data.audio.audio_tags import AudioTags, Cover

_FRONT_COVER = 3
_MEDIA_TYPES = {"mjpeg": b"image/jpeg", "png": b"image/png"}


def add_tags(container: Any, stream: Any, tags: AudioTags) -> Any:
    """Set the tags of a file, before its header is written.

    Args:
        container: PyAV's container, open for writing.
        stream: Its audio stream.
        tags: Tags.

    Returns:
        The stream of the cover, for `mux_cover`; None if it has no stream.
    """
    in_stream = container.format.name in ("ogg", "opus", "oga")
    texts = dict(tags.texts)
    if tags.cover and in_stream:
        texts["METADATA_BLOCK_PICTURE"] = base64.b64encode(_flac_picture(tags.cover)).decode()
    (stream if in_stream else container).metadata.update(texts)
    if tags.cover is None or in_stream:
        return None
    picture = container.add_mux_stream(
        tags.cover.codec, width=tags.cover.width, height=tags.cover.height
    )
    picture.disposition = av.stream.Disposition.attached_pic
    picture.time_base = Fraction(1, 1000)
    return picture


def mux_cover(container: Any, picture: Any, tags: AudioTags) -> None:
    """Write the cover, if it has a stream, after the header of the file."""
    if picture is None or tags.cover is None:
        return
    packet: Any = av.Packet(tags.cover.data)
    packet.stream = picture
    packet.pts = packet.dts = 0
    packet.is_keyframe = True
    container.mux(packet)


def _flac_picture(cover: Cover) -> bytes:
    """FLAC's block of a picture, which Ogg holds as a comment, too."""
    media_type = _MEDIA_TYPES[cover.codec]
    return b"".join(
        (
            struct.pack(">II", _FRONT_COVER, len(media_type)),
            media_type,
            # no description; the bits of a pixel are not known
            struct.pack(">IIIIII", 0, cover.width, cover.height, 0, 0, len(cover.data)),
            cover.data,
        )
    )
