"""Lengths are counted, not guessed: what headers leave open, promise falsely, or do not say."""

import io
import struct
import warnings

import av
import numpy as np
import pytest
import soundfile
from audio_seeds import RATE_HZ, SAMPLES, encoded, music

from keras_sep.data import AudioError, audio_info, read_audio
from keras_sep.data.audio import seeks_exactly
from keras_sep.data.read_resampled import read_resampled

pytestmark = pytest.mark.fault
CONTAINERS = ("WAV", "WAVEX", "RF64", "W64", "AIFF", "AU", "CAF", "FLAC", "NIST")
PACKED = (
    *(("WAV", "GSM610"), ("W64", "GSM610"), ("AIFF", "GSM610"), ("WAV", "G721_32")),
    *(("AU", "G721_32"), ("AU", "G723_24"), ("AU", "G723_40"), ("WAV", "NMS_ADPCM_16")),
    *(("WAV", "IMA_ADPCM"), ("WAV", "MS_ADPCM"), ("XI", "DPCM_16"), ("CAF", "ALAC_16")),
    *(("VOC", "PCM_16"), ("SDS", "PCM_16"), ("HTK", "PCM_16"), ("WAV", "ULAW")),
)


def written(container, subtype, samples=None, rate=RATE_HZ, **options):
    file = io.BytesIO()
    samples = music() if samples is None else samples
    soundfile.write(file, samples, rate, format=container, subtype=subtype, **options)
    return file.getvalue()


def flac_of(samples):
    """A FLAC file whose header says so many samples."""
    content = bytearray(written("FLAC", "PCM_16"))
    content[21] = content[21] & 0xF0 | samples >> 32
    content[22:26] = struct.pack(">I", samples & 0xFFFFFFFF)
    return bytes(content)


def mp3_without_header(mode):
    """As streams, `sox` and `lame -t` leave it: without the frame that counts the frames."""
    content = written("MP3", "MPEG_LAYER_III", bitrate_mode=mode, compression_level=0.3)
    kbps = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)[content[2] >> 4]
    size = 144000 * kbps // RATE_HZ + (content[2] >> 1 & 1)
    assert b"Xing" in content[:size] or b"Info" in content[:size]
    return content[size:]


def wav(size, riff=None, name=b"RIFF", before=b"", samples=True):
    """A WAV file that says it has so many bytes of samples."""
    pcm = (music() * 32767).astype("<i2").tobytes() if samples else b""
    riff = min(size + 36, 0xFFFFFFFF) if riff is None else riff
    form = struct.pack("<IHHIIHH", 16, 1, 2, RATE_HZ, 4 * RATE_HZ, 4, 16)
    head = name + struct.pack("<I", riff) + b"WAVE" + before + b"fmt " + form
    return head + b"data" + struct.pack("<I", size) + pcm


def ds64(size):
    return b"ds64" + struct.pack("<IQQQI", 28, size, size, 0, 0)


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


def decoded_by_ffmpeg(path):
    with av.open(path) as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return np.concatenate(frames, axis=1).T


@pytest.mark.parametrize("mode", ["CONSTANT", "VARIABLE"])
def test_mp3_without_a_header_is_as_long_as_ffmpeg_decodes(tmp_path, mode):
    path = tmp_path / "a.mp3"
    path.write_bytes(mp3_without_header(mode))
    expected = decoded_by_ffmpeg(path)
    assert len(expected) >= SAMPLES
    assert audio_info(path).samples == len(expected)
    np.testing.assert_array_equal(read_audio(path)[0], expected)


@pytest.mark.parametrize("times", [2, 3])
@pytest.mark.parametrize(
    ("container", "subtype", "rate"),
    [
        ("MP3", "MPEG_LAYER_III", RATE_HZ),
        ("FLAC", "PCM_16", RATE_HZ),
    ],
)
def test_joined_files_are_read_whole(tmp_path, container, subtype, rate, times):
    path = tmp_path / "joined"
    path.write_bytes(times * written(container, subtype, rate=rate))
    array, _ = read_audio(path)
    slack = 3 * 1152 * times if container == "MP3" else 0  # frames of its header and its padding
    assert times * SAMPLES <= len(array) <= times * SAMPLES + slack
    last = array[-SAMPLES:]
    assert np.sqrt(np.mean(np.square(last[1000:-2000] - music()[1000:-2000]))) < 0.5


@pytest.mark.parametrize(
    ("codec", "samples"),
    [("VORBIS", 2707), ("VORBIS", 30011), ("OPUS", 2707), ("OPUS", 30011), ("FLAC", SAMPLES)],
)
def test_joined_ogg_files_sound_as_each_does_alone(tmp_path, codec, samples):
    path, rate = tmp_path / "a.ogg", 48000 if codec == "OPUS" else RATE_HZ
    contents, alone = [], []
    for gain in (0.5, -1.0, 0.3):
        flac = codec == "FLAC" and encoded("ogg", "flac")  # which libsndfile does not write
        contents.append(flac or written("OGG", codec, gain * music()[:samples], rate))
        path.write_bytes(contents[-1])
        alone.append(read_audio(path)[0])
    assert [len(part) for part in alone] == 3 * [samples]
    alone = np.concatenate(alone)
    path.write_bytes(b"".join(contents))
    assert audio_info(path).samples == 3 * samples
    np.testing.assert_array_equal(read_audio(path)[0], alone)
    for start, stop in ((100, 400), (samples - 7, samples + 5), (700, 3 * samples - 3)):
        np.testing.assert_array_equal(read_audio(path, start, stop - start)[0], alone[start:stop])


@pytest.mark.parametrize("codec", ["VORBIS", "OPUS"])
def test_the_last_samples_of_ogg_are_those_of_the_whole(tmp_path, codec):
    path = tmp_path / "a.ogg"
    path.write_bytes(written("OGG", codec, rate=48000))
    whole, _ = read_audio(path)
    for left in (1, 5, 100, 1000):
        np.testing.assert_array_equal(read_audio(path, SAMPLES - left)[0], whole[-left:])


def test_tags_between_joined_mp3_files_are_no_sound(tmp_path):
    path = tmp_path / "joined.mp3"
    tag = b"ID3\x04\0\0\0\0\x07\x68" + bytes(1000)
    path.write_bytes(2 * (tag + written("MP3", "MPEG_LAYER_III") + b"TAG" + bytes(125)))
    assert 2 * SAMPLES <= len(read_audio(path)[0]) <= 2 * (SAMPLES + 2 * 1152)


@pytest.mark.parametrize(
    ("container", "subtype"),
    [("FLAC", "PCM_16"), ("MP3", "MPEG_LAYER_III"), ("OGG", "VORBIS"), ("OGG", "OPUS")],
)
def test_parts_of_other_rates_or_channels_are_refused(tmp_path, container, subtype):
    path = tmp_path / "joined"
    rate = 48000 if subtype == "OPUS" else RATE_HZ
    other = written(container, subtype, music()[:, :1], 24000)
    path.write_bytes(written(container, subtype, rate=rate) + other)
    with pytest.raises(AudioError, match="joined from parts of different"):
        audio_info(path)


def test_flac_of_unknown_length_is_counted(tmp_path):
    path = tmp_path / "a.flac"
    path.write_bytes(flac_of(0))
    expected = soundfile.read(io.BytesIO(flac_of(SAMPLES)), dtype="float32")[0]
    assert audio_info(path).samples == SAMPLES
    np.testing.assert_array_equal(read_audio(path)[0], expected)


@pytest.mark.parametrize("samples", [SAMPLES + 1, 1 << 31, (1 << 36) - 1])
def test_flac_that_promises_more_than_it_has_is_named(tmp_path, samples):
    path = tmp_path / "a.flac"
    path.write_bytes(flac_of(samples))
    for call in (audio_info, read_audio, lambda path: read_resampled(path, 16000)):
        with pytest.raises(AudioError, match=f"promises {samples} samples .* has {SAMPLES}"):
            call(path)


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
    with pytest.raises(AudioError, match="holds no samples"):
        audio_info(path)


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
    with pytest.warns(UserWarning, match="cannot be decoded and are left out"):
        assert audio_info(path).samples > 0.8 * SAMPLES


@pytest.mark.parametrize("rate", [1, 50, 999, 1_000_001])
def test_rates_of_no_sound_are_refused_in_words(tmp_path, rate):
    path = tmp_path / "a.wav"
    soundfile.write(path, music(), rate)
    for call in (audio_info, lambda path: read_resampled(path, 8000)):
        with pytest.raises(AudioError, match=f"says it is at {rate} Hz; wanted: 1000 to 1000000"):
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


@pytest.mark.parametrize("options", [{}, {"movflags": "faststart"}])
@pytest.mark.parametrize("kept", [0.2, 0.6, 0.9])
def test_cut_m4a_files_are_named(tmp_path, options, kept):
    path = tmp_path / "song.m4a"
    content = encoded("ipod", "aac", **options)
    path.write_bytes(content[: int(kept * len(content))])
    with pytest.raises(AudioError, match=r"cut short|M4A"):
        audio_info(path)


@pytest.mark.parametrize("between", [bytes(999), b"TAG" + bytes(125)], ids=["zeros", "tag"])
def test_what_is_no_page_ends_an_ogg_file_only_behind_its_last(tmp_path, between):
    path = tmp_path / "a.ogg"
    content = written("OGG", "VORBIS")
    path.write_bytes(content + between)
    assert audio_info(path).samples == SAMPLES
    path.write_bytes(content + between + content)
    with pytest.raises(AudioError, match="no Ogg page where one should begin"):
        audio_info(path)


def test_matroska_counts_each_stream_from_its_start(tmp_path):
    path = tmp_path / "late.mkv"
    path.write_bytes(encoded("matroska", "flac", start_seconds=10, streams=2))
    with pytest.warns(UserWarning, match="2 audio streams"):
        assert audio_info(path).samples == SAMPLES
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(AudioError, match="cut short"):
        audio_info(path)


def test_which_of_several_streams_is_read_is_said(tmp_path):
    path = tmp_path / "two.mp4"
    path.write_bytes(encoded("mp4", "aac", streams=2))
    with pytest.warns(UserWarning, match=r"holds 2 audio streams, read is number 1"):
        array, _ = read_audio(path)
    assert np.abs(array).max() > 0.2
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # once is enough
        read_audio(path)
