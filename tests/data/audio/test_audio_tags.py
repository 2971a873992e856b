"""Tags and covers: what each format keeps, by FFmpeg, and what is left out."""

import base64
import struct
import zlib
from fractions import Fraction

import av
import numpy as np
import pytest

from keras_sep.data import AUDIO_FORMATS, AudioTags, AudioWriter, audio_info, read_tags, write_audio
from keras_sep.data.audio.audio_tags import Cover

TEXTS = {
    "title": "Søng 歌",
    "artist": "A & B",
    "album": "Album",
    "album_artist": "Various",
    "composer": "Bach",
    "genre": "Rock",
    "date": "1999",
    "track": "3/12",
    "disc": "1/2",
    "copyright": "CC0",
    "comment": "a comment",
}
IN_WAV = TEXTS.keys() - {"album_artist", "composer", "disc"}  # RIFF's chunk INFO has no others


def png(width, height, noise=0):
    """A PNG file, with as many bytes more as wanted."""

    def chunk(name, content):
        sum_ = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", sum_)

    rows = b"".join(b"\0" + b"\x20\x80\xff" * width for _ in range(height))
    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", size), (b"IDAT", zlib.compress(rows)), (b"tEXt", b"x" * noise)]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in (*parts, (b"IEND", b"")))


COVER = Cover(png(7, 5), "png", 7, 5)


def written(tmp_path, audio_format, tags):
    path = tmp_path / f"a{AUDIO_FORMATS[audio_format].suffix}"
    form = AUDIO_FORMATS[audio_format]
    sound = np.zeros((4001, 2, 5) if form.one_file else (4001, 2))
    if form.one_file:
        names = ("drums", "bass", "other", "vocals")
        with AudioWriter(path, 44100, 2, audio_format, tags=tags, stems=names) as writer:
            writer.write(sound)
    else:
        write_audio(path, sound, 44100, audio_format, tags=tags)
    return path


@pytest.mark.parametrize("audio_format", AUDIO_FORMATS)
def test_each_format_keeps_the_tags_that_it_has(tmp_path, audio_format):
    path = written(tmp_path, audio_format, AudioTags(TEXTS, COVER))
    is_wav = path.suffix == ".wav"
    kept = {name: text for name, text in TEXTS.items() if not is_wav or name in IN_WAV}
    with av.open(str(path)) as file:  # as a player reads it
        found = dict(file.metadata) | dict(file.streams.audio[0].metadata)
        found = {name.lower(): text for name, text in found.items()}
        assert {name: found.get(name) for name in kept} == kept
        pictures = [bytes(next(file.demux(stream))) for stream in file.streams.video]
    assert pictures == ([] if is_wav else [COVER.data])
    assert read_tags(path) == (AudioTags(kept, None if is_wav else COVER), [])
    expected = 4001 if audio_format != "opus" else 4355  # at 48 kHz
    assert audio_info(path).samples == expected


@pytest.mark.parametrize("audio_format", ["flac", "mp3", "ogg", "opus", "m4a"])
def test_a_jpeg_and_a_large_cover(tmp_path, audio_format):
    frame = av.VideoFrame.from_ndarray(np.full((16, 24, 3), 90, np.uint8), format="rgb24")
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 24, 16, "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    (packet,) = encoder.encode(frame.reformat(format="yuvj420p"))
    for cover in (Cover(bytes(packet), "mjpeg", 24, 16), Cover(png(7, 5, 3_000_000), "png", 7, 5)):
        path = written(tmp_path, audio_format, AudioTags({}, cover))
        assert read_tags(path)[0].cover == cover


def test_the_title_of_a_stem_names_it():
    tags = AudioTags({"title": "Song", "comment": "live"}, COVER)
    assert tags.of_stem("vocals") == AudioTags({"title": "Song (vocals)", "comment": "live"}, COVER)
    assert tags.of_stem("", "ours").texts == {"title": "Song", "comment": "ours"}
    assert AudioTags().of_stem("vocals") == AudioTags()


@pytest.mark.fault
def test_hostile_tags_are_left_out_and_said(tmp_path):
    path = tmp_path / "a.flac"
    write_audio(path, np.zeros((101, 1)), 8000, "flac")
    texts = {
        "title": "T" * 2_000_000,
        "artist": "one\ntwo\x1b[2J\x07",
        "album": " ",
        "lyrics": "la",
    }
    with av.open(str(path)) as read, av.open(str(tmp_path / "b.flac"), "w") as file:
        stream = file.add_stream_from_template(read.streams.audio[0])
        file.metadata.update(texts)
        picture = file.add_mux_stream("png", width=7, height=5)
        picture.disposition = av.stream.Disposition.attached_pic
        picture.time_base = Fraction(1, 1000)
        file.start_encoding()
        cover = av.Packet(png(7, 5, 12_000_000))
        cover.stream, cover.pts, cover.dts = picture, 0, 0
        file.mux(cover)
        for packet in read.demux(read.streams.audio[0]):
            if packet.size:
                packet.stream = stream
                file.mux(packet)
    tags, said = read_tags(tmp_path / "b.flac")
    assert tags == AudioTags({"artist": "one two [2J"})
    assert said == [
        "its title tag is left out, as it has 2,000,000 letters",
        "its cover is left out, as it has 12 MB",
    ]


@pytest.mark.fault
def test_bytes_that_are_no_text_and_no_audio(tmp_path):
    # an ID3 tag in Latin-1 that says it is UTF-8, before an MP3
    write_audio(tmp_path / "a.mp3", np.zeros((4001, 1)), 44100, "mp3")
    text = b"\x03caf\xe9"
    frame = b"TIT2" + struct.pack(">IH", len(text), 0) + text
    head = b"ID3\x03\x00\x00" + bytes((0, 0, 0, len(frame)))
    (tmp_path / "b.mp3").write_bytes(head + frame + (tmp_path / "a.mp3").read_bytes())
    title = read_tags(tmp_path / "b.mp3")[0].texts["title"]
    assert title.startswith("caf")
    assert title.isprintable()
    (tmp_path / "c.mp3").write_bytes(b"no audio")
    assert read_tags(tmp_path / "c.mp3") == (AudioTags(), [])
    assert read_tags(tmp_path / "none.mp3") == (AudioTags(), [])


@pytest.mark.fault
def test_a_cover_in_ogg_is_flacs_block(tmp_path):
    """RFC 9639, 8.8: type, media type, description, sizes, bits of a pixel, colours, data."""
    path = written(tmp_path, "opus", AudioTags({}, COVER))
    at = path.read_bytes().index(b"METADATA_BLOCK_PICTURE=")
    block = base64.b64decode(
        path.read_bytes()[at + 23 :][: -(-(42 + len(COVER.data) - 1) // 3) * 4]
    )
    assert block[:17] == struct.pack(">II", 3, 9) + b"image/png"
    assert struct.unpack(">IIIIII", block[17:41]) == (0, 7, 5, 0, 0, len(COVER.data))
    assert block[41:] == COVER.data
