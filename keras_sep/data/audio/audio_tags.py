"""Title, artist, cover and the like, as they go from one file to others."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import av

from keras_sep._brief import counted
from keras_sep.data.audio._ffmpeg_open import open_with_ffmpeg
from keras_sep.data.audio.stem_file import file_and_stem

# as FFmpeg names them in every format
_KEPT = (
    "title", "artist", "album", "album_artist", "composer", "performer", "genre", "date", "track",
    "disc", "publisher", "isrc", "bpm", "tbpm", "initialkey", "copyright", "comment",
)  # fmt: skip
_MOST_LETTERS = 1000
_MOST_COVER_BYTES = 10_000_000
_COVER_CODECS = ("mjpeg", "png")


class Cover(NamedTuple):
    """A picture in a file of audio.

    Args:
        data: Content of the picture's file.
        codec: Its codec, "mjpeg" or "png".
        width: Width in pixels.
        height: Height in pixels.
    """

    data: bytes
    codec: str
    width: int
    height: int


@dataclass(frozen=True)
class AudioTags:
    """Tags of an audio file.

    Args:
        texts: Text of each tag, by the name that FFmpeg gives it, such as "title" or "track".
            Default: none.
        cover: Picture. Default None.
    """

    texts: dict[str, str] = field(default_factory=dict)
    cover: Cover | None = None

    def of_stem(self, name: str, comment: str | None = None) -> "AudioTags":
        """The tags of a stem of this file.

        Args:
            name: Name of the stem, which is added to the title, if there is one; "" for none.
            comment: Comment in place of the file's own. Default None, the file's own.
        """
        texts = dict(self.texts)
        if name and "title" in texts:
            texts["title"] += f" ({name})"
        if comment:
            texts["comment"] = comment
        return AudioTags(texts, self.cover)


def read_tags(path: str | Path) -> tuple[AudioTags, list[str]]:
    """Read the tags of a file, as far as they are sound; nothing in them raises an error.

    Args:
        path: Path of an audio file.

    Returns:
        The tags, and a line about each thing left out.
    """
    try:
        with open_with_ffmpeg(file_and_stem(Path(path))[0]) as container:
            streams = container.streams
            given = dict(container.metadata)
            for stream in streams.audio[:1]:  # those of Ogg belong to its stream
                given = {**stream.metadata, **given}
            texts, said = _texts(given)
            pictures = [
                stream
                for stream in streams.video
                if stream.disposition & av.stream.Disposition.attached_pic
            ]
            cover = None
            for stream in pictures[:1]:
                cover, problem = _cover(container, stream)
                said += [problem] if problem else []
            return AudioTags(texts, cover), said
    except (av.FFmpegError, OSError, ValueError):
        return AudioTags(), []  # libsndfile reads some formats that FFmpeg does not know


def _texts(given: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    texts: dict[str, str] = {}
    said = []
    for key, value in given.items():
        name = key.lower()
        if name not in _KEPT:
            continue
        text = " ".join("".join(c if c.isprintable() else " " for c in value).split())
        if len(text) > _MOST_LETTERS:
            said.append(f"its {name} tag is left out, as it has {counted(len(text), 'letter')}")
        elif text:
            texts.setdefault(name, text)
    return texts, said


def _cover(container: av.container.InputContainer, stream: av.VideoStream) -> tuple:
    packet = next(container.demux(stream), None)
    context = stream.codec_context
    codec = context.codec.canonical_name if context else "unknown"
    if packet is None or not packet.size:
        return None, None
    if codec not in _COVER_CODECS:
        return None, f"its cover is left out: neither JPEG nor PNG, but {codec}"
    if packet.size > _MOST_COVER_BYTES:
        return None, f"its cover is left out, as it has {packet.size / 1e6:.0f} MB"
    return Cover(bytes(packet), codec, context.width, context.height), None
