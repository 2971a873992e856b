"""Laws of all augmentations, and each beside its formula, a standard or another library."""

import functools
import sys

import numpy as np
import pytest
from scipy import signal

from keras_sep import data
from keras_sep.data.augmentations import (
    Codec,
    Compression,
    Distortion,
    Equalizer,
    Limiter,
    LowPass,
    Noise,
    Reverb,
    SourceAugmentation,
)

RATE_HZ = 16000
SOURCES = ("drums", "bass", "vocals")
OF_RATE = (Codec, Compression, Equalizer, Limiter, Reverb)
ALL = [
    *(functools.partial(kind, sample_rate_hz=RATE_HZ) for kind in OF_RATE),
    functools.partial(LowPass, sample_rate_hz=RATE_HZ, cutoff_hz=(1000, 6000)),
    Distortion,
    Noise,
]


def name_of(make):
    return getattr(make, "func", make).__name__


def noise(samples=4001, channels=2, sources=3, seed=0):
    shape = (samples, channels, sources)
    return np.random.default_rng(seed).normal(0, 0.1, shape).astype("float32")


def varied(augmentation, stems, seed=5):
    return augmentation(stems.copy(), np.random.default_rng(seed))


def test_every_one_is_tested():
    kinds = {name_of(make) for make in ALL}
    assert kinds == {*data.augmentations.__all__} - {"SourceAugmentation"}


@pytest.mark.parametrize("make", ALL, ids=name_of)
def test_stems_keep_shape_and_place_and_can_be_drawn_again(make):
    """The same numbers from the same generator, whatever is varied before or at the same time."""
    stems = noise()
    certain = make(probability=1.0)
    once = varied(certain, stems)
    assert once.shape == stems.shape
    assert once.dtype == np.float32
    assert np.isfinite(once).all()
    assert all(np.any(once[..., place] != stems[..., place]) for place in range(3))
    varied(certain, noise(seed=1), seed=6)
    np.testing.assert_array_equal(varied(certain, stems), once)
    assert np.any(varied(certain, stems, seed=6) != once)
    for place in range(3):  # where it was, to the sample
        lags = signal.correlate(once[:, 0, place], stems[:, 0, place], method="fft")
        assert np.argmax(lags) == len(stems) - 1

    only = varied(make(probability=1.0, only=["vocals"], sources=SOURCES), stems)
    np.testing.assert_array_equal(only[..., 2], once[..., 2])
    np.testing.assert_array_equal(only[..., :2], stems[..., :2])
    same = np.repeat(stems[..., :1], 3, axis=-1)
    alike = varied(make(probability=1.0, alike=True), same)
    np.testing.assert_array_equal(alike, np.repeat(once[..., :1], 3, axis=-1))


@pytest.mark.parametrize("make", ALL, ids=name_of)
@pytest.mark.parametrize("shape", [(1, 1, 1), (700, 1, 2), (500, 3, 1)], ids=str)
def test_any_length_and_channels_and_silence(make, shape):
    """Ten times full scale, too; silence stays silent, but for the codecs' own noise."""
    loud = np.random.default_rng(0).uniform(-10, 10, shape).astype("float32")
    assert np.isfinite(varied(make(probability=1.0), loud)).all()
    assert np.max(np.abs(varied(make(probability=1.0), np.zeros_like(loud)))) < 1e-4


def test_the_probability_is_that_of_a_source():
    class Negative(SourceAugmentation):
        def vary(self, stem, rng):
            return -stem

    rng = np.random.default_rng(0)
    rate = np.mean([Negative(probability=0.3)(np.ones((1, 1, 5)), rng) < 0 for _ in range(2000)])
    assert abs(rate - 0.3) < 4 * np.sqrt(0.3 * 0.7 / 10000)  # four standard deviations


@pytest.mark.fault
@pytest.mark.parametrize(
    ("make", "arguments", "complaint"),
    [
        (Noise, {"probability": 1.5}, "`probability` must lie between 0 and 1. Received: 1.5"),
        (Noise, {"snr_db": [30, 20]}, r"`snr_db` must be \[low, high\]. Received: \[30, 20\]"),
        (Noise, {"colors": ["brown"]}, "`colors` must be some of white, pink. Received"),
        (Codec, {"codecs": []}, "`codecs` must be some of mp3, aac, opus. Received"),
        (Codec, {"only": ["voice"]}, "`only` must name some of `sources`, none. Received: voice"),
        (Equalizer, {"bands": 0}, "`bands` must lie between 1 and 32. Received: 0"),
    ],
)
def test_wrong_arguments_are_named(make, arguments, complaint):
    with pytest.raises(ValueError, match=complaint):
        make(**arguments)


@pytest.mark.fault
def test_stems_of_other_sources_are_refused():
    with pytest.raises(ValueError, match=r"stems of 2 `sources` were wanted\. Received: 3"):
        varied(Noise(sources=("a", "b")), noise())


@pytest.mark.fault
@pytest.mark.parametrize("kind", [Reverb, Compression])
def test_a_missing_extra_is_named_when_it_is_made(kind, monkeypatch):
    monkeypatch.setitem(sys.modules, "pedalboard", None)
    with pytest.raises(ImportError, match=r"pip install 'keras_sep\[effects\]'"):
        kind()


@pytest.mark.parametrize("codec", ["mp3", "aac", "opus"])
@pytest.mark.parametrize("rate_hz", [9000, 16000, 44100, 96000])
@pytest.mark.parametrize("channels", [1, 2, 3])
def test_codecs_leave_everything_in_its_place(codec, rate_hz, channels):
    """To the sample by cross-correlation, and near enough to be the same sound; both ends too."""
    band = signal.butter(2, [100, 3000], "band", fs=rate_hz, output="sos")
    stem = signal.sosfilt(band, noise(rate_hz // 2 + 17, channels, 1)[..., 0], axis=0)
    stem = stem.astype("float32")
    make = Codec(sample_rate_hz=rate_hz, codecs=[codec], bit_rate_kbps=[128, 128])
    after = make.vary(stem, np.random.default_rng(0))
    assert after.shape == stem.shape
    for one, other in zip(stem.T, after.T, strict=True):
        lags = signal.correlate(other, one, method="fft")
        assert np.argmax(lags) == len(one) - 1
    for part in (slice(None), slice(-rate_hz // 20, None)):
        error, energy = np.sum((after - stem)[part] ** 2), np.sum(stem[part] ** 2)
        assert 1e-6 * energy < error < 0.3 * energy


def test_codecs_keep_channels_apart():
    stem = noise(RATE_HZ, 2, 1)[..., 0]
    stem[:, 1] = 0
    for codec in ("mp3", "aac", "opus"):
        make = Codec(sample_rate_hz=RATE_HZ, codecs=[codec], bit_rate_kbps=[192, 192])
        after = make.vary(stem.copy(), np.random.default_rng(0))
        assert np.sum(after[:, 1] ** 2) < 0.01 * np.sum(after[:, 0] ** 2)


def response(augmentation, samples=8192, seed=0):
    """Spectrum of what an impulse becomes."""
    impulse = np.zeros((samples, 1), "float32")
    impulse[0] = 1
    return np.fft.rfft(augmentation.vary(impulse, np.random.default_rng(seed))[:, 0])


@pytest.mark.parametrize("gain_db", [-9.0, 6.0])
def test_a_band_of_the_equalizer_is_another_librarys(gain_db):
    pedalboard = pytest.importorskip("pedalboard")
    settings = {"bands": 1, "frequency_hz": [1000, 1000], "q": [0.7, 0.7]}
    found = response(Equalizer(sample_rate_hz=RATE_HZ, gain_db=[gain_db, gain_db], **settings))
    impulse = np.eye(1, 8192, dtype="float32")
    peer = pedalboard.PeakFilter(1000, gain_db, 0.7)(impulse, RATE_HZ)[0]
    np.testing.assert_allclose(found, np.fft.rfft(peer), atol=1e-4)  # its filter is in float32
    assert abs(20 * np.log10(abs(found[512])) - gain_db) < 1e-3  # 1000 Hz
    np.testing.assert_allclose(abs(found[[0, -1]]), 1, atol=1e-4)


def test_the_low_pass_passes_what_is_below_and_nothing_above():
    make = LowPass(sample_rate_hz=RATE_HZ, cutoff_hz=[3000, 3000])
    stem = noise(RATE_HZ, 1, 1)[..., 0]
    after = make.vary(stem, np.random.default_rng(0))
    frequency = np.fft.rfftfreq(len(stem), 1 / RATE_HZ)
    window = np.hanning(len(stem))
    before, after = (np.fft.rfft(window * one[:, 0]) for one in (stem, after))
    passed, stopped = frequency < 2600, frequency > 3050
    error = after - before
    assert np.sum(np.abs(error[passed]) ** 2) < 1e-4 * np.sum(np.abs(before[passed]) ** 2)
    assert np.sum(np.abs(after[stopped]) ** 2) < 1e-6 * np.sum(np.abs(before[stopped]) ** 2)
    wide = LowPass(sample_rate_hz=RATE_HZ, cutoff_hz=[9000, 9000])
    np.testing.assert_array_equal(wide.vary(stem, np.random.default_rng(0)), stem)


@pytest.mark.parametrize(("color", "slope"), [("white", 0.0), ("pink", -1.0)])
def test_noise_has_its_level_and_its_color(color, slope):
    stem = np.ones((1 << 16, 1), "float32")
    make = Noise(colors=[color], snr_db=[12, 12])
    added = make.vary(stem.copy(), np.random.default_rng(0)) - stem
    assert abs(-10 * np.log10(np.mean(added**2)) - 12) < 1e-2
    frequency, power = signal.welch(added[:, 0], nperseg=4096)
    inner = slice(20, 2000)
    fitted = np.polyfit(np.log(frequency[inner]), np.log(power[inner]), 1)[0]
    assert abs(fitted - slope) < 0.05  # of 31 periodograms


def test_a_compressor_divides_the_decibels_above_its_threshold():
    """The static curve, of a signal of one level."""
    square = np.sign(np.sin(np.arange(RATE_HZ) * 2 * np.pi * 400 / RATE_HZ + 0.1))
    stem = np.float32(0.5 * square)[:, None]
    make = Compression(
        sample_rate_hz=RATE_HZ, threshold_db=[-12, -12], ratio=[4, 4],
        attack_seconds=[0.001, 0.001], release_seconds=[0.01, 0.01],
    )  # fmt: skip
    after = make.vary(stem.copy(), np.random.default_rng(0))
    steady = np.abs(after[RATE_HZ // 2 :])
    # 12 dB above the threshold become 3
    np.testing.assert_allclose(20 * np.log10(steady / 0.5), -9, atol=0.05)


def test_a_limiter_exceeds_nothing_and_leaves_what_is_below():
    make = Limiter(sample_rate_hz=RATE_HZ, reduction_db=[6, 6], lookahead_seconds=[0.005, 0.005])
    stem = np.full((RATE_HZ, 2), 0.1, "float32")
    stem[5000:5100] = [[-0.8, 0.2]]
    after = make.vary(stem.copy(), np.random.default_rng(0))
    ceiling = 0.8 * 10 ** (-6 / 20)
    np.testing.assert_allclose(np.max(np.abs(after)), ceiling, rtol=1e-6)
    far = np.r_[0 : 5000 - 81, 5100 + 81 : RATE_HZ]
    np.testing.assert_allclose(after[far], stem[far], rtol=1e-6)
    gain = after / stem
    np.testing.assert_allclose(gain[:, 0], gain[:, 1], rtol=1e-6)
    assert np.max(np.abs(np.diff(gain[:, 0]))) < 0.5 / 70  # over about 80 samples


def test_saturation_is_odd_and_keeps_the_peak():
    ramp = np.linspace(-0.5, 0.5, 201, dtype="float32")[:, None]
    after = Distortion(drive=[2, 2]).vary(ramp, np.random.default_rng(0))
    expected = 0.5 * np.tanh(2 * ramp.astype("float64") / 0.5) / np.tanh(2)
    np.testing.assert_allclose(after, expected, atol=1e-6)


def test_a_reverb_is_the_stem_and_its_convolution():
    """Linear, with the same filter at all times, whose tail decays behind the stem itself."""
    settings = {"room_size": [0.5, 0.5], "damping": [0.5, 0.5], "wet": [0.2, 0.2]}
    make = Reverb(sample_rate_hz=RATE_HZ, **settings)
    impulse = np.zeros((RATE_HZ, 1), "float32")
    impulse[0] = 1
    tail = make.vary(impulse, np.random.default_rng(0))[:, 0]
    assert abs(tail[0] - 1) < 1e-4
    assert 1e-4 < np.sum(tail[1:8000] ** 2) < 1
    assert np.sum(tail[8000:] ** 2) < 0.1 * np.sum(tail[1:8000] ** 2)
    stem = noise(RATE_HZ, 1, 1)[..., 0]
    after = make.vary(stem.copy(), np.random.default_rng(0))[:, 0]
    expected = signal.fftconvolve(stem[:, 0], tail)[: len(stem)]
    np.testing.assert_allclose(after, expected, atol=1e-4)  # recursions in float32
