"""A file copied with its tags, without encoding it again."""

from typing import Any, BinaryIO

import av

from keras_sep.data.audio._ffmpeg_open import open_with_ffmpeg
from keras_sep.data.audio._ffmpeg_tags import add_tags, mux_cover
from keras_sep.data.audio.audio_tags import AudioTags

_PAGE_SECONDS = 0.1
_BLOCK_SIZES_AT = 56  # byte of a Vorbis file


def tagged_copy(source: BinaryIO, target: BinaryIO, samples: int, tags: AudioTags) -> None:
    """Copy a FLAC or Ogg file, as libsndfile writes them, and give it tags.

    Args:
        source: The file.
        target: File to write.
        samples: Number of its samples, which readers of Ogg get wrong if one page holds all.
        tags: Tags.
    """
    source.seek(_BLOCK_SIZES_AT)
    blocks = _VorbisBlocks(source.read(1)[0], samples)
    source.seek(0)
    with open_with_ffmpeg(source) as read:
        (stream,) = read.streams.audio
        kind = read.format.name
        options = {}
        if kind == "ogg":
            short = samples < 3 * _PAGE_SECONDS * stream.codec_context.sample_rate
            options["page_duration"] = str(1 if short else round(_PAGE_SECONDS * 1e6))
        with av.open(target, "w", format=kind, options=options) as written:
            copy: Any = written.add_stream_from_template(stream)
            cover = add_tags(written, copy, tags)
            written.start_encoding()
            mux_cover(written, cover, tags)
            for packet in read.demux(stream):
                if not packet.size:
                    continue
                if kind == "ogg":
                    blocks.time(packet)
                packet.stream = copy
                written.mux(packet)


class _VorbisBlocks:
    """Positions of packets of Vorbis, which FFmpeg estimates, by the sizes of their blocks.

    Args:
        sizes: Byte of the header that holds the two sizes, as powers of two.
        samples: Number of samples of the file.
    """

    def __init__(self, sizes: int, samples: int):
        self._sizes = 1 << (sizes & 15), 1 << (sizes >> 4)
        self._before: int | None = None
        self._position, self._samples = 0, samples

    def time(self, packet: Any) -> None:
        """Set the time and the duration of the next packet."""
        # libvorbis has a mode for short blocks and one for long ones, whose bit follows that of
        # audio; if both are equal, so are the sizes
        block = self._sizes[bytes(packet)[0] >> 1 & 1]
        given = 0 if self._before is None else (self._before + block) // 4
        packet.pts = packet.dts = self._position
        packet.duration = min(given, self._samples - self._position)
        self._position += packet.duration
        self._before = block
