"""The synthetic band: the layout of a data set, the same each time, and separable in principle."""

import numpy as np
import pytest
import scipy.signal
import soundfile

from keras_sep.data import BAND, band_song, find_tracks, synthetic_band

RATE_HZ = 16000


@pytest.fixture(scope="module")
def songs():
    return [band_song(6.0, RATE_HZ, seed=(3, number)) for number in range(3)]


def test_layout(tmp_path):
    root = synthetic_band(
        tmp_path, train=2, valid=1, test=1, seconds=1.1, sample_rate_hz=8000, audio_format="flac"
    )
    assert root == tmp_path
    assert [len(find_tracks(root, split, BAND)) for split in ("train", "valid", "test")] == [
        2,
        1,
        1,
    ]
    (track,) = find_tracks(root, "test", BAND)
    assert (track.sample_rate_hz, track.samples, track.channels) == (8000, 8800, 2)
    # each of five files is rounded to 24 bits
    np.testing.assert_allclose(
        track.read_sources(BAND).sum(-1), track.read_mixture(), atol=5 * 2.0**-23
    )
    assert soundfile.info(track.mixture).subtype == "PCM_24"


def test_the_same_seed_plays_the_same_and_another_does_not(songs):
    again = band_song(6.0, RATE_HZ, seed=(3, 0))
    for name in BAND:
        np.testing.assert_array_equal(again[name], songs[0][name])
        assert not np.allclose(songs[1][name], songs[0][name])


def test_levels(songs):
    for song in songs:
        assert np.abs(sum(song.values())).max() == pytest.approx(0.89, abs=1e-5)
        power_db = {name: 10 * np.log10(np.mean(stem**2)) for name, stem in song.items()}
        for name, stem in song.items():
            assert stem.shape == (6 * RATE_HZ, 2)
            assert stem.dtype == np.float32
            others = 10 * np.log10(np.mean((sum(song.values()) - stem) ** 2))
            assert -14 < power_db[name] - others < 1  # none is drowned, none drowns the rest
            assert np.abs(stem[:, 0] - stem[:, 1]).max() > 1e-3  # stereo


def test_an_ideal_mask_separates_what_the_mixture_does_not(songs):
    """Neither trivial nor hopeless: a ratio mask gains 6 to 20 dB on every stem."""

    def stft(x):
        return scipy.signal.stft(x.T, nperseg=1024, noverlap=768)[2]

    for song in songs:
        spectra = {name: stft(stem) for name, stem in song.items()}
        mixture = sum(spectra.values())
        total = sum(np.abs(spectrum) for spectrum in spectra.values()) + 1e-9
        for spectrum in spectra.values():
            noise = mixture - spectrum
            masked = np.abs(spectrum) / total * mixture - spectrum
            gain = 10 * np.log10(np.sum(np.abs(noise) ** 2) / np.sum(np.abs(masked) ** 2))
            assert 6 < gain < 20


def test_the_bass_plays_below_the_singer(songs):
    for song in songs:
        centroids = {}
        for name in ("bass", "vocals", "drums"):
            power = np.abs(np.fft.rfft(song[name][:, 0])) ** 2
            centroids[name] = np.sum(power * np.arange(len(power))) / np.sum(power) / 6.0
        assert centroids["bass"] < 200 < centroids["vocals"]
