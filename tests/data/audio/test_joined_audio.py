"""Files that were joined are read to their end, each part as it is alone."""

import numpy as np
import pytest
from audio_seeds import (
    RATE_HZ,
    SAMPLES,
    decoded_by_ffmpeg,
    encoded,
    mp3_without_header,
    music,
    written,
)

from keras_sep.data import AudioError, audio_info, read_audio

pytestmark = pytest.mark.fault


@pytest.mark.parametrize("times", [2, 3])
@pytest.mark.parametrize(("container", "subtype"), [("MP3", "MPEG_LAYER_III"), ("FLAC", "PCM_16")])
def test_joined_files_sound_as_each_does_alone(tmp_path, container, subtype, times):
    path = tmp_path / "joined"
    path.write_bytes(written(container, subtype))
    alone = np.tile(read_audio(path)[0], (times, 1))
    path.write_bytes(times * path.read_bytes())
    assert audio_info(path).samples == len(alone) == times * SAMPLES
    np.testing.assert_allclose(read_audio(path)[0], alone, atol=1e-6)
    np.testing.assert_allclose(read_audio(path, 29999, 100)[0], alone[29999:30099], atol=1e-6)


def test_joined_mp3_files_of_which_one_is_cut_are_read_as_ffmpeg_does(tmp_path):
    path = tmp_path / "joined.mp3"
    content = written("MP3", "MPEG_LAYER_III")
    path.write_bytes(content[: len(content) * 3 // 4] + 2 * content)
    with pytest.warns(
        UserWarning, match="one of them is cut short.* promises 30011 .*the rest is read"
    ):
        assert audio_info(path).samples == len(decoded_by_ffmpeg(path))
    path.write_bytes((2 * content)[: -len(content) // 3])
    with pytest.warns(
        UserWarning, match="one of them is cut short.* promises 30011 .*the rest is read"
    ):
        assert SAMPLES < audio_info(path).samples < 2 * SAMPLES


def test_a_tag_between_mp3_files_without_header_is_no_damage(tmp_path):
    path = tmp_path / "joined.mp3"
    content = mp3_without_header("VARIABLE")
    path.write_bytes(content + b"ID3\x04\0\0\0\0\1\0" + bytes(128) + content)
    assert audio_info(path).samples > 2 * SAMPLES  # and no warning


def test_a_second_header_before_an_mp3_file_costs_it_nothing(tmp_path):
    path = tmp_path / "a.mp3"
    content = written("MP3", "MPEG_LAYER_III")
    size = content.index(b"\xff\xfb", 4)
    path.write_bytes(content[:size] + content)
    assert SAMPLES <= audio_info(path).samples <= SAMPLES + 2 * 1152


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


def test_tags_between_joined_mp3_files_are_no_sound(tmp_path):
    path = tmp_path / "joined.mp3"
    tag = b"ID3\x04\0\0\0\0\x07\x68" + bytes(1000)
    path.write_bytes(2 * (tag + written("MP3", "MPEG_LAYER_III") + b"TAG" + bytes(125)))
    assert len(read_audio(path)[0]) == 2 * SAMPLES


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


@pytest.mark.parametrize("between", [bytes(999), b"TAG" + bytes(125)], ids=["zeros", "tag"])
def test_zeros_and_tags_stand_between_ogg_files_not_for_lost_pages(tmp_path, between):
    path = tmp_path / "a.ogg"
    content = written("OGG", "VORBIS")
    path.write_bytes(content + between)
    assert audio_info(path).samples == SAMPLES
    alone = read_audio(path)[0]
    path.write_bytes(b"ID3\4\0\0\0\0\0\7" + bytes(7) + content + between + content)
    np.testing.assert_array_equal(read_audio(path)[0], np.tile(alone, (2, 1)))
    half, later = content.index(b"OggS", len(content) // 2), content.rindex(b"OggS")
    assert half < later
    path.write_bytes(content[:half] + between + content[later:])
    with pytest.warns(UserWarning, match="pages are missing"):
        audio_info(path)
    path.write_bytes(content[:half] + b"not a page" + content[half:])
    with pytest.raises(AudioError, match="no Ogg page at byte"):
        audio_info(path)


def test_joined_mp3_files_behind_stray_bytes_lose_nothing(tmp_path):
    """The first frame that counts frames need not be that of the first file."""
    path = tmp_path / "joined.mp3"
    joined = mp3_without_header("CONSTANT") + written("MP3", "MPEG_LAYER_III")
    path.write_bytes(joined)
    expected = read_audio(path)[0]
    path.write_bytes(300 * b"\1" + joined)
    with pytest.warns(UserWarning, match="begins with bytes that are not MP3; read from its first"):
        found = read_audio(path)[0]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert len(found) > 2 * SAMPLES
