"""Resampling: the frequency and the time of a tone stay, and parts lie on the whole's grid."""

import numpy as np
import pytest
import soundfile

from keras_sep.data import match_channels, read_resampled, resample, resampled_length


@pytest.mark.parametrize(("from_hz", "to_hz"), [(44100, 16000), (16000, 44100), (48000, 44100)])
def test_a_tone_stays_where_it_is(from_hz, to_hz):
    seconds = 1.003
    times = [np.arange(round(seconds * rate)) / rate for rate in (from_hz, to_hz)]
    tones = [np.sin(2 * np.pi * 997.0 * time)[:, None] for time in times]
    out = resample(tones[0].astype("float32"), from_hz, to_hz)
    assert out.shape == tones[1].shape
    # soxr's HQ passband is flat to far below this; the filter needs room at the ends
    np.testing.assert_allclose(out[800:-800], tones[1][800:-800], atol=1e-4)


@pytest.mark.parametrize("samples", [1, 7, 1009, 22051])
@pytest.mark.parametrize(("from_hz", "to_hz"), [(44100, 8000), (8000, 44100), (44100, 44101)])
def test_length(samples, from_hz, to_hz):
    out = resample(np.zeros((samples, 2), "float32"), from_hz, to_hz)
    assert len(out) == resampled_length(samples, from_hz, to_hz) == round(samples * to_hz / from_hz)


@pytest.mark.parametrize("suffix", ["wav", "mp3"])
@pytest.mark.parametrize("to_hz", [16000, 48000, 22050])
def test_parts_are_the_whole_cut(tmp_path, suffix, to_hz):
    path = tmp_path / f"noise.{suffix}"
    noise = 0.1 * np.random.default_rng(2).standard_normal((44101, 2))
    soundfile.write(path, noise, 44100)
    whole = read_resampled(path, to_hz)
    assert len(whole) == resampled_length(44101, 44100, to_hz)
    for start in (0, 1, 5003, len(whole) - 499):
        part = read_resampled(path, to_hz, start, 499)
        # float32 sums in another order
        np.testing.assert_allclose(part, whole[start : start + 499], atol=1e-6)


def test_a_changed_file_is_read_anew(tmp_path):
    path = tmp_path / "a.ogg"
    for samples in (3001, 5003):
        soundfile.write(path, np.zeros((samples, 1)), 8000)
        assert len(read_resampled(path, 8000)) == samples


def test_channels():
    stereo = np.array([[1.0, 3.0], [5.0, 7.0]])
    np.testing.assert_array_equal(match_channels(stereo, 1), [[2.0], [6.0]])
    np.testing.assert_array_equal(match_channels(stereo[:, :1], 3), [[1.0] * 3, [5.0] * 3])
    assert match_channels(stereo, 2) is stereo
    with pytest.raises(ValueError, match="Received 2 channels, wanted 3"):
        match_channels(stereo, 3)


def test_rates_must_be_positive():
    with pytest.raises(ValueError, match="Received: from_hz=0, to_hz=8000"):
        resample(np.zeros((3, 1)), 0, 8000)
