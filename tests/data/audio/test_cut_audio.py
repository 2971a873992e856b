"""Less than a header promises, and what is damaged, is named."""

import contextlib
import itertools
import struct

import numpy as np
import pytest
import soundfile
from audio_seeds import (
    RATE_HZ,
    SAMPLES,
    decoded_by_ffmpeg,
    encoded,
    flac_of,
    mp3_without_header,
    music,
    wav,
    written,
)

from keras_sep.data import AudioError, audio_info, read_audio
from keras_sep.data.audio.read_resampled import read_resampled

pytestmark = pytest.mark.fault
CONTAINERS = ("WAV", "WAVEX", "RF64", "W64", "AIFF", "AU", "CAF", "FLAC", "NIST")


def ogg_pages(content):
    starts = [at for at in range(len(content)) if content[at : at + 4] == b"OggS"]
    return [content[at:to] for at, to in zip(starts, [*starts[1:], len(content)], strict=True)]


def sealed(page):
    """An Ogg page with a checksum that is right: CRC-32 by long division, bit for bit."""
    page, crc = bytearray(page), 0
    page[22:26] = bytes(4)
    for byte in page:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1) ^ (0x104C11DB7 if crc >> 31 else 0)
    page[22:26] = struct.pack("<I", crc)
    return bytes(page)


@pytest.mark.parametrize("samples", [SAMPLES + 1, 1 << 31, (1 << 36) - 1])
def test_flac_that_promises_more_than_it_has_is_named(tmp_path, samples):
    path = tmp_path / "a.flac"
    path.write_bytes(flac_of(samples))
    for call in (audio_info, read_audio, lambda path: read_resampled(path, 16000)):
        with pytest.raises(AudioError, match=f"promises {samples} samples .* has {SAMPLES}"):
            call(path)


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.98])
@pytest.mark.parametrize("container", CONTAINERS)
def test_cut_files_of_every_container_are_named(tmp_path, container, kept):
    path = tmp_path / "a"
    content = written(container, "PCM_16")
    path.write_bytes(content)
    assert audio_info(path).samples == SAMPLES
    path.write_bytes(content[: int(kept * len(content))])
    with pytest.raises(AudioError, match="cut short"):
        audio_info(path)


def test_a_cut_wav_file_with_many_chunks_before_its_samples_is_named(tmp_path):
    path = tmp_path / "a.wav"
    junk = b"".join(b"ju%02d" % k + struct.pack("<I", 10) + bytes(10) for k in range(90))
    content = wav(4 * SAMPLES, before=junk)
    path.write_bytes(content)
    assert audio_info(path).samples == SAMPLES
    path.write_bytes(content[: -2 * SAMPLES])
    with pytest.raises(AudioError, match="cut short: the header promises 120044 bytes"):
        audio_info(path)


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_damaged_ogg_pages_are_named_and_live_recordings_read(tmp_path, subtype):
    path = tmp_path / "a.ogg"
    rate = 48000 if subtype == "OPUS" else RATE_HZ
    pages = ogg_pages(written("OGG", subtype, np.tile(music(), (8, 1)), rate))
    for damaged in (2, len(pages) - 2):
        page = bytearray(pages[damaged])
        page[100] ^= 4
        path.write_bytes(b"".join([*pages[:damaged], page, *pages[damaged + 1 :]]))
        with pytest.raises(AudioError, match="wrong checksum"):
            audio_info(path)
    path.write_bytes(b"".join([*pages[:5], *pages[6:]]))
    with pytest.raises(AudioError, match="pages are missing"):
        audio_info(path)
    lying = bytearray(pages[-1])
    lying[6:14] = struct.pack("<q", 1000)  # of samples up to here
    path.write_bytes(b"".join([*pages[:-1], sealed(lying)]))
    with pytest.raises(AudioError, match="goes back in time"):
        audio_info(path)
    live = [*pages[:2], *pages[4:-1]]  # begun in the middle, and without a last page
    path.write_bytes(b"".join(live))
    with pytest.warns(UserWarning, match="first or last pages are missing"):
        assert audio_info(path).samples == len(decoded_by_ffmpeg(path)) > 0


def test_a_hole_in_an_mp3_file_is_said(tmp_path):
    path = tmp_path / "a.mp3"
    noise = np.random.default_rng(1).bytes(700)
    content = written("MP3", "MPEG_LAYER_III")
    half = len(content) // 2
    path.write_bytes(content[:half] + noise + content[half + 700 :])
    with pytest.raises(AudioError, match="cut short: the header promises 30011 samples"):
        audio_info(path)
    content = mp3_without_header("CONSTANT")
    path.write_bytes(content[:half] + noise + content[half + 700 :])
    with pytest.warns(UserWarning, match="cannot be decoded are left out"):
        assert audio_info(path).samples > 0.8 * SAMPLES


@pytest.mark.parametrize("stray", [b"<html>not found</html>\n", bytes(5000)])
def test_what_stands_before_the_first_frame_of_an_mp3_file_is_said(tmp_path, stray):
    path = tmp_path / "a.mp3"
    path.write_bytes(written("MP3", "MPEG_LAYER_III"))
    alone = read_audio(path)[0]
    path.write_bytes(stray + path.read_bytes())
    with pytest.warns(UserWarning, match="begins with bytes that are not MP3; read from its first"):
        np.testing.assert_allclose(read_audio(path)[0], alone, atol=1e-6)
    path.write_bytes(stray + mp3_without_header("CONSTANT"))
    with pytest.warns(UserWarning, match="begins with bytes that are not MP3; read from its first"):
        assert audio_info(path).samples > 0.8 * SAMPLES


def ape_tag(with_header):
    def end(flags):
        sizes = len(item) + 32, 1, flags
        return b"APETAGEX" + struct.pack("<4I", 2000, *sizes) + bytes(8)

    item = struct.pack("<2I", 9000, 0) + b"Cover\0" + b"\x41" * 9000
    return (end(0xA0000000) if with_header else b"") + item + end(with_header << 31)


def lyrics_tag():
    text = b"LYRICSBEGIN" + b"LYR05000" + b"x" * 5000
    return text + b"%06dLYRICS200" % len(text)


@pytest.mark.parametrize("fill", [b"\0", b"\xff", b"text", None])
@pytest.mark.parametrize("behind", [b"", b"TAG" + bytes(125)], ids=["", "tagged"])
def test_an_mp3_file_that_ends_in_something_else_is_not_cut_in_silence(tmp_path, fill, behind):
    path = tmp_path / "a.mp3"
    content = mp3_without_header("CONSTANT") * 2
    fill = fill or np.random.default_rng(1).bytes(1 << 8)
    junk = fill * (len(content) // len(fill))
    path.write_bytes(content[: len(content) // 2] + junk + behind)
    with pytest.warns(UserWarning, match="damaged; the parts that cannot be decoded are left out"):
        assert 0.9 * SAMPLES < audio_info(path).samples < 1.2 * SAMPLES


@pytest.mark.parametrize(
    "behind",
    [
        b"TAG" + bytes(125),
        ape_tag(False),
        ape_tag(True) + b"TAG" + bytes(125),
        lyrics_tag() + b"TAG" + bytes(125),
        b"\0" * 700,
        b"stray" * 9,
    ],
    ids=["id3", "ape", "ape id3", "lyrics id3", "zeros", "stray"],
)
def test_tags_behind_an_mp3_file_are_no_damage(tmp_path, behind):
    path = tmp_path / "a.mp3"
    path.write_bytes(mp3_without_header("CONSTANT"))
    alone = audio_info(path)
    path.write_bytes(mp3_without_header("CONSTANT") + behind)
    assert audio_info(path) == alone  # and no warning


@pytest.mark.parametrize("options", [{}, {"movflags": "faststart"}])
@pytest.mark.parametrize("kept", [0.2, 0.6, 0.9])
def test_cut_m4a_files_are_named(tmp_path, options, kept):
    path = tmp_path / "song.m4a"
    content = encoded("ipod", "aac", **options)
    path.write_bytes(content[: int(kept * len(content))])
    with pytest.raises(AudioError, match=r"cut short|M4A"):
        audio_info(path)


def test_matroska_counts_each_stream_from_its_start(tmp_path):
    path = tmp_path / "late.mkv"
    path.write_bytes(encoded("matroska", "flac", start_seconds=10, streams=2))
    with pytest.warns(UserWarning, match="2 audio streams"):
        assert audio_info(path).samples == SAMPLES
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(AudioError, match="cut short"):
        audio_info(path)


def every_form(container):
    """Whole files of a container in every subtype, byte order, rate and channel count it takes."""
    for subtype, channels, rate, endian in itertools.product(
        soundfile.available_subtypes(container), (1, 2, 3), (8000, 44100), ("LITTLE", "BIG")
    ):
        if soundfile.check_format(container, subtype, endian):
            with contextlib.suppress(soundfile.LibsndfileError):
                samples = np.resize(music()[:1009], (1009, channels))
                yield written(container, subtype, samples, rate, endian=endian)


@pytest.mark.parametrize(
    "container", ["AVR", "SVX", "VOC", "MAT4", "MAT5", "WVE", "MPC2K", "NIST", "SDS"]
)
def test_cut_files_of_older_formats_are_named_and_whole_ones_read(tmp_path, container):
    contents = [*every_form(container)]
    assert contents
    for number, content in enumerate(contents):
        path = tmp_path / f"{number}"
        path.write_bytes(content)
        assert audio_info(path).samples in (1009, 1010)  # libsndfile counts VOC's end in A-law
        for kept in (0.5, 0.99):
            path.write_bytes(content[: int(kept * len(content))])
            with pytest.raises(AudioError, match=r"cut short: the header promises|not a readable"):
                audio_info(path)


def test_a_voc_file_of_several_blocks_that_ends_in_the_last_is_named(tmp_path):
    path = tmp_path / "a.voc"
    content = written("VOC", "PCM_U8", music()[:, :1], 8000)[:-1]  # without the end
    more = b"\2" + (5003).to_bytes(3, "little") + bytes([128]) * 5003
    path.write_bytes(content + more[:-100])
    with pytest.raises(AudioError, match="promises 5003 bytes, the file has 4903"):
        audio_info(path)
