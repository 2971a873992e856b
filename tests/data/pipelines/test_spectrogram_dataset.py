"""Spectrograms: those of torch-checked `ops.stft` and scipy, the same cached and on the fly."""

import keras
import numpy as np
import pytest
import scipy.signal
import soundfile

from keras_sep import ops
from keras_sep.data import Augmentation, SpectrogramCache, find_tracks, spectrogram_dataset
from keras_sep.data.pipelines._stem_spectrum import frame_samples, spectrum

STEMS = ("drums", "bass", "vocals")
RATE_HZ = 8000
FRAME, HOP, BINS = 256, 64, 129


def pairs(tracks, sources=STEMS, targets=None, **arguments):
    settings = {
        "frame_length": FRAME,
        "hop_length": HOP,
        "excerpt_seconds": 0.13,
        "batch_size": 3,
        "excerpts_per_track": 7,
    }
    dataset = spectrogram_dataset(tracks, sources, targets, **{**settings, **arguments})
    return [(mixture.numpy(), stems.numpy()) for mixture, stems in dataset]


def scipy_stft(waveform):
    """(samples, channels) to complex (frames, bins, channels), by scipy in float64."""
    padded = np.pad(waveform.astype(np.float64), ((FRAME // 2,) * 2, (0, 0)), mode="reflect")
    window = scipy.signal.get_window("hann", FRAME)
    transform = scipy.signal.ShortTimeFFT(window, HOP, fs=1.0, phase_shift=None)
    frames = 1 + len(waveform) // HOP
    # slice p of ShortTimeFFT is centred on sample p * HOP
    first = FRAME // 2 // HOP
    out = transform.stft(padded, p0=first, p1=first + frames, axis=0)
    return np.moveaxis(out, -1, 0) if out.shape[-1] == frames else out


@pytest.mark.parametrize("seconds", [0.13, 0.53])
def test_whole_tracks_have_the_spectra_of_scipy_and_ops(tracks, seconds):
    track = tracks[1]  # 8101 samples: the last excerpt overlaps the one before
    waveform = track.read_sources(STEMS)
    real, imag = ops.stft(waveform[None], FRAME, HOP)
    expected = np.hypot(real, imag)[0]
    mixture = np.abs(scipy_stft(waveform.sum(-1)))
    frames = 1 + round(seconds * RATE_HZ) // HOP  # 67 of 0.53 s: two blocks of 32 and 3 more
    made = pairs([track], whole_tracks=True, batch_size=1, excerpt_seconds=seconds)
    starts = sorted({*range(0, len(mixture) - frames + 1, frames), len(mixture) - frames})
    assert len(made) == len(starts)
    # float32 sums of 256 terms whose magnitudes reach 10: 1e-5
    for (x, y), start in zip(made, starts, strict=True):
        assert x.shape == (1, frames, BINS, 2)
        assert y.shape == (1, frames, BINS, 2, 3)
        np.testing.assert_allclose(x[0], mixture[start : start + frames], atol=1e-5)
        np.testing.assert_allclose(y[0], expected[start : start + frames], atol=1e-5)


@pytest.mark.parametrize("targets", [None, ("vocals",), ("vocals", "drums")])
@pytest.mark.parametrize(
    "target", [ops.magnitude_spectrum_approximation, ops.truncated_phase_sensitive_approximation]
)
@pytest.mark.parametrize("seconds", [0.13, 0.53])
def test_cached_and_on_the_fly_agree(tracks, tmp_path, targets, target, seconds):
    varied = Augmentation(incoherent=0.5, flip_polarity=0.3)
    # the phase of a mixture whose stems almost cancel magnifies the last bit of float32
    tolerance = 1e-6 if target is ops.magnitude_spectrum_approximation else 4e-6
    arguments = {"targets": targets, "target": target, "augmentation": varied, "seed": 4}
    arguments["excerpt_seconds"] = seconds
    fresh = pairs(tracks, **arguments)
    cached = pairs(tracks, **arguments, cache=SpectrogramCache(tmp_path / "cache"))
    assert len(fresh) == len(cached) == 7
    for one, other in zip(fresh, cached, strict=True):
        for part, counterpart in zip(one, other, strict=True):
            np.testing.assert_allclose(counterpart, part, rtol=0, atol=tolerance * part.max())


@pytest.mark.fault
@pytest.mark.parametrize(
    ("settings", "bins"),
    [
        ({"frame_length": 200, "hop_length": 80, "window": "hamming", "fft_length": 256}, 129),
        ({"frame_length": 128, "hop_length": 96}, 65),
        ({"frame_length": 51, "hop_length": 17, "window": list(range(1, 52))}, 26),
    ],
)
def test_settings_of_papers_cached_on_the_fly_and_of_ops(tracks, tmp_path, settings, bins):
    cache = SpectrogramCache(tmp_path / "cache")
    arguments = {**settings, "seed": 4, "excerpt_seconds": 0.11}
    pairs(tracks, **arguments, cache=cache)  # from the files of other settings nothing is taken
    pairs(tracks, **{**arguments, "window": "sqrt_hann"}, cache=cache)
    fresh, cached = pairs(tracks, **arguments), pairs(tracks, **arguments, cache=cache)
    for one, other in zip(fresh, cached, strict=True):
        for part, counterpart in zip(one, other, strict=True):
            assert part.shape[1:3] == (1 + 880 // settings["hop_length"], bins)
            np.testing.assert_allclose(counterpart, part, rtol=0, atol=1e-6 * part.max())
    whole = pairs([tracks[1]], **arguments, whole_tracks=True, batch_size=1)
    expected = np.hypot(*ops.stft(tracks[1].read_sources(STEMS)[None], **settings))[0]
    frames = whole[0][0].shape[1]
    for number, (_, stems) in enumerate(whole[:-1]):
        np.testing.assert_allclose(
            stems[0], expected[number * frames : (number + 1) * frames], atol=1e-5
        )


def test_cached_and_on_the_fly_agree_on_resampled_summed_and_coded_stems(
    tmp_path, write_track, shared_audio
):
    write_track(tmp_path / "set" / "a", 22051, ("vocals", "bass"), sample_rate_hz=16000)
    write_track(tmp_path / "set" / "a", 22051, ("drums",), sample_rate_hz=16000, channels=1)
    clip = shared_audio / "musdb_clips" / "The Mountaineering Club - Mallory"
    folder = tmp_path / "set" / "b"
    folder.mkdir()
    for name in ("vocals", "accompaniment"):
        samples, rate = soundfile.read(clip / f"{name}.mp3", start=441000, frames=88200)
        soundfile.write(folder / f"{name}.mp3", samples, rate)
    sources = ("vocals", "accompaniment")
    tracks = find_tracks(tmp_path / "set", None, sources, sample_rate_hz=RATE_HZ, channels=2)
    fresh = pairs(tracks, sources)
    cached = pairs(tracks, sources, cache=SpectrogramCache(tmp_path / "cache"))
    for one, other in zip(fresh, cached, strict=True):
        for part, counterpart in zip(one, other, strict=True):
            np.testing.assert_allclose(counterpart, part, rtol=0, atol=1e-6 * part.max())


@pytest.mark.parametrize(
    "target", [ops.magnitude_spectrum_approximation, ops.phase_sensitive_approximation]
)
def test_tracks_of_one_channel(tmp_path, write_track, target):
    write_track(tmp_path / "set" / "a", 10007, channels=1)
    tracks = find_tracks(tmp_path / "set", None, STEMS)
    arguments = {"targets": ("vocals",), "target": target, "excerpt_seconds": 0.53}
    fresh = pairs(tracks, **arguments)
    cached = pairs(tracks, **arguments, cache=SpectrogramCache(tmp_path / "cache"))
    assert fresh[0][1].shape == (3, 67, BINS, 1, 1)
    for one, other in zip(fresh, cached, strict=True):
        for part, counterpart in zip(one, other, strict=True):
            np.testing.assert_allclose(counterpart, part, rtol=0, atol=4e-6 * one[0].max())


def test_coded_stems_are_the_same_each_time(tmp_path, write_track):
    """What was decoded is kept and read again: an excerpt must leave it as it was."""
    folder = tmp_path / "set" / "a"
    for name, samples in write_track(folder, 5003).items():
        (folder / f"{name}.wav").unlink()
        soundfile.write(folder / f"{name}.ogg", samples, RATE_HZ)
    tracks = find_tracks(tmp_path / "set", None, STEMS)
    first, again = (pairs(tracks, targets=("vocals",)) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])


def test_targets_are_those_of_ops_and_the_mixture_is_the_sum(tracks):
    one = pairs(tracks, target=lambda stems, mixture: stems[0])
    two = pairs(tracks, target=lambda stems, mixture: stems[1])
    magnitude = pairs(tracks, ("vocals", "drums", "bass"), ("bass", "vocals"))
    for (mixture, real), (_, imag) in zip(one, two, strict=True):
        np.testing.assert_allclose(
            mixture, np.hypot(real.sum(-1), imag.sum(-1)), rtol=0, atol=1e-6 * mixture.max()
        )
    for (mixture, real), (_, imag), (_, psa) in zip(
        one, two, pairs(tracks, target=ops.phase_sensitive_approximation), strict=True
    ):
        total = real.sum(-1) + 1j * imag.sum(-1)
        phasor = (total / np.abs(total))[..., None]
        expected = real * phasor.real + imag * phasor.imag
        np.testing.assert_allclose(psa, expected, rtol=0, atol=1e-5 * mixture.max())
    assert magnitude[0][1].shape[-1] == 2


def test_frames_in_the_middle_see_the_samples_around_them():
    signal = np.random.default_rng(1).standard_normal((2, 5003)).astype(np.float32)
    start, stop = frame_samples(11, 7, FRAME, HOP)
    assert (start, stop) == (11 * HOP - FRAME // 2, 17 * HOP + FRAME // 2)
    part = spectrum(signal[:, start:stop], FRAME, HOP)
    expected = scipy_stft(signal.T)[11:18]
    np.testing.assert_allclose(np.moveaxis(part, 0, -1), expected, atol=1e-5)
    # one frame by the transform's definition: scipy's windows are scipy's transforms, too
    n = np.arange(FRAME)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * n / FRAME)
    basis = np.exp(-2j * np.pi * np.outer(n, np.arange(BINS)) / FRAME)
    first = signal[:, start : start + FRAME].astype(np.float64) * window @ basis
    np.testing.assert_allclose(part[:, 0], first, atol=1e-5)


def test_targets_must_be_different_and_as_large_as_their_stems(tracks):
    with pytest.raises(ValueError, match=r"different names\. Received: \['bass', 'bass'\]"):
        pairs(tracks, targets=("bass", "bass"))
    expected = r"must give .* \(1, 17, 129, 2, 3\).* Received: \(1, 17, 129, 2, 1\)"
    with pytest.raises(Exception, match=expected):
        pairs(tracks, target=lambda stems, mixture: stems[0][..., :1])


def test_a_model_fits_on_either(tracks, tmp_path):
    """`fit` does not notice where the spectra came from."""
    losses = []
    for cache in (None, SpectrogramCache(tmp_path / "cache")):
        keras.utils.set_random_seed(3)
        model = keras.Sequential(
            [keras.layers.Input((None, BINS, 2)), keras.layers.Dense(2, activation="relu")]
        )
        model.compile("sgd", loss="mse")
        dataset = spectrogram_dataset(
            tracks,
            STEMS,
            ("vocals",),
            frame_length=FRAME,
            hop_length=HOP,
            excerpt_seconds=0.13,
            batch_size=3,
            excerpts_per_track=4,
            cache=cache,
        ).map(lambda mixture, stems: (mixture, stems[..., 0]))
        losses.append(model.fit(dataset, epochs=3, verbose=0, shuffle=False).history["loss"])
    assert len(set(losses[0])) == 3
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)


def test_bad_input_is_named(tracks):
    with pytest.raises(ValueError, match=r"`targets` must be among .* \['piano'\]"):
        pairs(tracks, targets=("piano",))
    with pytest.raises(ValueError, match="must leave no sample without a window"):
        pairs(tracks, hop_length=FRAME + 1)
    with pytest.raises(
        ValueError, match=r"no longer than any track. Received: track 1 \(1\.01 s\)$"
    ):
        pairs(tracks, excerpt_seconds=1.2)
