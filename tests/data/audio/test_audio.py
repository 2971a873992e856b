"""Reading: parts equal the whole, and every kind of bad file is named in one line."""

import os

import numpy as np
import pytest
import soundfile

from keras_sep.data import AudioError, audio_info, read_audio, write_audio
from keras_sep.data.audio.read_resampled import read_resampled

SAMPLES, RATE_HZ = 30011, 22050


@pytest.fixture(params=["wav", "flac", "ogg", "mp3"])
def noise_file(request, tmp_path):
    path = tmp_path / f"noise.{request.param}"
    noise = 0.1 * np.random.default_rng(5).standard_normal((SAMPLES, 2))
    soundfile.write(path, noise, RATE_HZ)
    return path


def tolerance(path):
    """None where samples are stored; two decoders of a lossy format round differently."""
    return {".mp3": 1e-5}.get(path.suffix, 0.0)


def test_info_and_whole_file(noise_file):
    assert audio_info(noise_file) == (RATE_HZ, SAMPLES, 2)
    array, rate = read_audio(noise_file)
    assert array.dtype == np.float32
    assert array.shape == (SAMPLES, 2)
    assert rate == RATE_HZ
    np.testing.assert_allclose(
        array, soundfile.read(noise_file, dtype="float32")[0], atol=tolerance(noise_file)
    )


@pytest.mark.parametrize("start", [0, 1, 1153, 20011, SAMPLES - 503])
def test_a_part_is_the_whole_cut(noise_file, start):
    """Also in Ogg and MP3, where libsndfile's own seek is up to full scale off."""
    whole, _ = read_audio(noise_file)
    part, _ = read_audio(noise_file, start, 503)
    np.testing.assert_array_equal(part, whole[start : start + 503])
    again = read_resampled(noise_file, RATE_HZ, start, 503)
    np.testing.assert_array_equal(again, part)


def test_real_mp3_parts_are_the_whole_cut(shared_audio):
    clip = shared_audio / "musdb_clips" / "The Mountaineering Club - Mallory" / "vocals.mp3"
    whole, _ = read_audio(clip)
    assert np.abs(whole).max() > 0.1
    part, _ = read_audio(clip, 700001, 4999)
    np.testing.assert_array_equal(part, whole[700001:705000])


def test_a_part_outside_the_file_is_refused(noise_file):
    with pytest.raises(AudioError, match=r"samples 30000 to 30100 wanted, but .* holds 30011"):
        read_audio(noise_file, 30000, 100)


@pytest.mark.parametrize("kept", [0.5, 0.98])
def test_a_truncated_file_is_named(noise_file, kept):
    content = noise_file.read_bytes()
    noise_file.write_bytes(content[: int(kept * len(content))])
    with pytest.raises(AudioError) as caught:
        read_audio(noise_file)
    message = str(caught.value)
    assert message.startswith(f"{noise_file}: ")
    assert "\n" not in message
    assert "cut short" in message


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
def test_empty_missing_and_foreign_files_are_named(tmp_path, suffix):
    empty, missing, text = (tmp_path / f"{name}.{suffix}" for name in ("empty", "missing", "text"))
    empty.touch()
    text.write_text("a shopping list " * 99)
    for path, problem in (
        (empty, r"an empty file \(0 bytes\)"),
        (missing, "no such file"),
        (text, "not a readable audio file"),
        (tmp_path, "a folder, not an audio file"),
    ):
        with pytest.raises(AudioError, match=problem) as caught:
            read_audio(path)
        assert str(caught.value).startswith(f"{path}: ")
        with pytest.raises(AudioError, match=problem):
            audio_info(path)


def test_a_file_of_zero_samples_is_named(tmp_path):
    path = tmp_path / "silent.wav"
    soundfile.write(path, np.zeros((0, 2)), RATE_HZ)
    with pytest.raises(AudioError, match=r"silent\.wav: contains no samples"):
        audio_info(path)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_the_first_bad_sample_is_named(tmp_path, bad):
    path = tmp_path / "bad.wav"
    array = np.zeros((997, 2))
    array[701, 1] = array[800, 0] = bad
    soundfile.write(path, array, RATE_HZ, subtype="FLOAT")
    with pytest.raises(AudioError, match=r"bad\.wav: sample 701 is NaN or infinite"):
        read_audio(path)
    with pytest.raises(AudioError, match="sample 701 is NaN or infinite"):
        read_audio(path, start=600, samples=300)
    assert read_audio(path, samples=700)[0].shape == (700, 2)


def test_huge_but_finite_samples_are_no_error(tmp_path):
    path = tmp_path / "huge.wav"
    soundfile.write(path, np.full((997, 2), 3e38), RATE_HZ, subtype="FLOAT")
    assert read_audio(path)[0].max() > 2e38


@pytest.mark.fault
def test_another_file_of_the_same_size_and_time_is_looked_into_anew(tmp_path):
    """As where folders are swapped whose files all have one time, that of an archive."""
    first, second = tmp_path / "a.wav", tmp_path / "b.wav"
    for path, rate in ((first, 8000), (second, 16000)):
        write_audio(path, np.zeros((70, 1)), rate)
        os.utime(path, ns=(10**18, 10**18))
    assert audio_info(first).sample_rate_hz == 8000
    second.replace(first)
    assert audio_info(first).sample_rate_hz == 16000
