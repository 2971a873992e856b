"""Lengths are counted, not guessed: what headers leave open or do not say."""

import io
import struct
import warnings

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
from keras_sep.data.audio._formats import data_chunk
from keras_sep.data.audio.read_audio import seeks_exactly
from keras_sep.data.audio.read_resampled import read_resampled

pytestmark = pytest.mark.fault
PACKED = (
    *(("WAV", "GSM610"), ("W64", "GSM610"), ("AIFF", "GSM610"), ("WAV", "G721_32")),
    *(("AU", "G721_32"), ("AU", "G723_24"), ("AU", "G723_40"), ("WAV", "NMS_ADPCM_16")),
    *(("WAV", "IMA_ADPCM"), ("WAV", "MS_ADPCM"), ("XI", "DPCM_16"), ("CAF", "ALAC_16")),
    *(("VOC", "PCM_16"), ("SDS", "PCM_16"), ("HTK", "PCM_16"), ("WAV", "ULAW")),
)


def ds64(size):
    return b"ds64" + struct.pack("<IQQQI", 28, size, size, 0, 0)


@pytest.mark.parametrize("mode", ["CONSTANT", "VARIABLE"])
def test_mp3_without_a_header_is_as_long_as_ffmpeg_decodes(tmp_path, mode):
    path = tmp_path / "a.mp3"
    path.write_bytes(mp3_without_header(mode))
    expected = decoded_by_ffmpeg(path)
    assert len(expected) >= SAMPLES
    assert audio_info(path).samples == len(expected)
    np.testing.assert_array_equal(read_audio(path)[0], expected)


@pytest.mark.parametrize("codec", ["VORBIS", "OPUS"])
def test_the_last_samples_of_ogg_are_those_of_the_whole(tmp_path, codec):
    path = tmp_path / "a.ogg"
    path.write_bytes(written("OGG", codec, rate=48000))
    whole, _ = read_audio(path)
    for left in (1, 5, 100, 1000):
        np.testing.assert_array_equal(read_audio(path, SAMPLES - left)[0], whole[-left:])


def test_flac_of_unknown_length_is_counted(tmp_path):
    path = tmp_path / "a.flac"
    path.write_bytes(flac_of(0))
    expected = soundfile.read(io.BytesIO(flac_of(SAMPLES)), dtype="float32")[0]
    assert audio_info(path).samples == SAMPLES
    np.testing.assert_array_equal(read_audio(path)[0], expected)


@pytest.mark.parametrize("tag", [b"TAG" + bytes(125), b"APETAGEX" + bytes(100)])
def test_a_tag_behind_a_flac_file_costs_it_nothing(tmp_path, tag):
    path = tmp_path / "a.flac"
    path.write_bytes(written("FLAC", "PCM_16") + tag)
    assert audio_info(path).samples == SAMPLES
    assert seeks_exactly(path)


@pytest.mark.parametrize(
    "content",
    [
        *(wav(size) for size in (0xFFFFFFFF, 0x7FFFF000, 0x7FFFFFFF, 0x80000000, 0x7FFFFF00)),
        *(wav(size) for size in (0xFFFFFFFF - 36, 0x7FFFFFFF - 36, 0xFFFFFF00)),
        *(wav(0, riff) for riff in (0, 8, 36, 0xFFFFFFFF)),
        wav(4 * SAMPLES, riff=12345),
        *(wav(0xFFFFFFFF, 0xFFFFFFFF, b"RF64", ds64(size)) for size in (0, (1 << 64) - 1)),
        wav(0xFFFFFFFF, 0xFFFFFFFF, b"RF64", ds64((1 << 63) - 1)),
        wav(0xFFFFFFFF, 0xFFFFFFFF, b"BW64", ds64(4 * SAMPLES)),
    ],
    ids=lambda content: content[:4].decode() + " " + content[4:8].hex() + content[40:44].hex(),
)
def test_wav_files_of_unknown_size_are_read_to_their_end(tmp_path, content):
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    array, _ = read_audio(path)
    expected = (music() * 32767).astype(np.int16) / np.float32(32768)
    np.testing.assert_array_equal(array, expected)
    np.testing.assert_array_equal(read_audio(path, 1153, 503)[0], expected[1153:1656])


@pytest.mark.parametrize("size", [(5 << 30) & 0xFFFFFFFF, 0x7FFFF000, 0xFFFFFFFF, 0])
def test_wav_files_of_more_than_four_gibibytes_are_read_to_their_end(tmp_path, size):
    path = tmp_path / "a.wav"
    with path.open("wb") as file:
        head = wav(size, samples=False)
        file.write(head)
        file.truncate(len(head) + (5 << 30))  # zeros that take no room on the disk
        file.seek(len(head) + (5 << 30) - 8)
        file.write(struct.pack("<4h", 1, 2, 3, 4))
    samples = (5 << 30) // 4
    assert audio_info(path).samples == samples
    array, _ = read_audio(path, samples - 3)
    np.testing.assert_array_equal(array * 32768, [[0, 0], [1, 2], [3, 4]])


@pytest.mark.parametrize(
    ("container", "chunk", "sizes"),
    [
        ("AU", b".snd", [0xFFFFFFFF, 0x7FFFF000, 0x7FFFFFFF]),
        ("AIFF", b"SSND", [0, 0x7F000008, 0xFFFFFFFF, 0x7FFFFFFF]),
        ("CAF", b"data", [0, (1 << 64) - 1]),
        ("W64", b"data\xf3", [0, 24, (1 << 64) - 1]),
    ],
)
def test_headers_of_other_containers_that_leave_the_size_open(tmp_path, container, chunk, sizes):
    path = tmp_path / "a"
    content = bytearray(written(container, "PCM_16"))
    at = content.index(chunk) + {"AU": 8, "W64": 16}.get(container, 4)
    form = {"CAF": ">Q", "W64": "<Q"}.get(container, ">I")
    for size in sizes:
        struct.pack_into(form, content, at, size)
        path.write_bytes(content)
        np.testing.assert_allclose(read_audio(path)[0], music(), atol=1e-4)


def test_a_wav_file_of_no_samples_but_other_chunks_is_empty(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(wav(0, samples=False) + b"LIST" + struct.pack("<I", 10) + bytes(10))
    with pytest.raises(AudioError, match="contains no samples"):
        audio_info(path)


@pytest.mark.parametrize("size", [0, 0x7FFFFFFF, 0xFFFFFFFF])
def test_tags_behind_the_samples_of_a_wav_file_of_open_size_are_no_sound(tmp_path, size):
    path = tmp_path / "a.wav"
    whole = wav(size)
    path.write_bytes(whole)
    alone, _ = read_audio(path)
    artist = b"INFOIART" + struct.pack("<I", 2000) + b"LIST" * 500
    tags = b"LIST" + struct.pack("<I", len(artist)) + artist
    for behind in (tags, tags + b"id3 " + struct.pack("<I", 7) + bytes(8)):
        path.write_bytes(whole + behind)
        np.testing.assert_array_equal(read_audio(path)[0], alone)
    path.write_bytes(whole + tags[:-4])  # no chunk that ends with the file: sound, for all we know
    assert audio_info(path).samples == len(alone) + (len(tags) - 4) // 4


@pytest.mark.parametrize("rate", [1, 50, 999, 1_000_001])
def test_rates_of_no_sound_are_refused_in_words(tmp_path, rate):
    path = tmp_path / "a.wav"
    soundfile.write(path, music(), rate)
    for call in (audio_info, lambda path: read_resampled(path, 8000)):
        with pytest.raises(AudioError, match=f"its header says {rate} Hz; wanted: 1000 to 1000000"):
            call(path)


@pytest.mark.parametrize("rate", [4000, 705600])
def test_real_rates_are_read(tmp_path, rate):
    path = tmp_path / "a.wav"
    soundfile.write(path, music(), rate)
    assert audio_info(path).sample_rate_hz == rate


@pytest.mark.parametrize(("container", "subtype"), PACKED)
def test_formats_that_cannot_be_sought_are_read_in_parts(tmp_path, container, subtype):
    path = tmp_path / "a"
    path.write_bytes(written(container, subtype, music()[:, :1], 22050))
    whole, _ = read_audio(path)
    assert len(whole) == audio_info(path).samples >= SAMPLES
    np.testing.assert_array_equal(read_audio(path, 1153, 503)[0], whole[1153:1656])
    with soundfile.SoundFile(path) as file:
        expected = file.read(SAMPLES, dtype="float32", always_2d=True)
    np.testing.assert_allclose(whole[:SAMPLES], expected, atol=1e-4)


@pytest.mark.parametrize(
    ("container", "codec", "most"),
    [("ipod", "aac", 1024), ("ipod", "alac", 0), ("matroska", "aac", 1024), ("mov", "aac", 1024)],
)
def test_compressed_containers_have_no_latency(tmp_path, container, codec, most):
    """The encoder's delay is cut as FFmpeg cuts it; the last block is whole."""
    path = tmp_path / "song.m4a"
    path.write_bytes(encoded(container, codec))
    array, rate = read_audio(path)
    assert rate == RATE_HZ
    assert SAMPLES <= len(array) <= SAMPLES + most
    error = array[2000 : SAMPLES - 2000] - music()[2000:-2000]
    assert np.sqrt(np.mean(np.square(error))) < 0.06  # the noise, which AAC changes
    np.testing.assert_array_equal(read_audio(path, 5003, 7001)[0], array[5003:12004])


def test_which_of_several_streams_is_read_is_said(tmp_path):
    path = tmp_path / "two.mp4"
    path.write_bytes(encoded("mp4", "aac", streams=2))
    with pytest.warns(UserWarning, match=r"holds 2 audio streams; reading number 1"):
        array, _ = read_audio(path)
    assert np.abs(array).max() > 0.2
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # once is enough
        read_audio(path)


def test_tags_that_lead_nowhere_are_each_followed_once(monkeypatch, tmp_path):
    steps = []

    def counted(*args):
        for chunk in chunks(*args):
            steps.append(chunk)
            yield chunk

    chunks = data_chunk._chunks
    monkeypatch.setattr(data_chunk, "_chunks", counted)
    path = tmp_path / "a.wav"
    tags = 300 * b"LIST\0\0\0\0" + b"abc"
    path.write_bytes(wav(0xFFFFFFFF) + tags)
    assert audio_info(path).samples == SAMPLES + len(tags) // 4
    assert len(steps) < 3 * 300


def test_a_chunk_of_an_unknown_name_is_no_tag(tmp_path):
    path = tmp_path / "a.wav"
    behind = b"LIST\0\0\0\0" + b"what\4\0\0\0abcd"
    path.write_bytes(wav(0xFFFFFFFF) + behind)
    assert audio_info(path).samples == SAMPLES + len(behind) // 4
