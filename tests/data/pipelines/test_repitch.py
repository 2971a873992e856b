"""Another tempo and pitch: what a tone and a beat become, and what excerpts make of it."""

import sys

import numpy as np
import pytest
import soundfile

from keras_sep.data import (
    Augmentation,
    SpectrogramCache,
    excerpts,
    find_tracks,
    spectrogram_dataset,
)
from keras_sep.data.pipelines import _span as span_module
from keras_sep.data.pipelines._draws import RandomDraws
from keras_sep.data.pipelines._span import Span
from keras_sep.data.pipelines.repitch import repitch

STEMS = ("drums", "bass", "vocals")
RATE_HZ = 8000
SETTINGS = {"excerpt_seconds": 0.5, "batch_size": 3, "excerpts_per_track": 4}


def tone(frequency_hz, samples):
    time = np.arange(samples)[:, None] / RATE_HZ
    return np.sin(2 * np.pi * frequency_hz * time * [1.0, 1.0]).astype("float32")


def peak_hz(signal):
    """Frequency of the largest bin, of 0.5 Hz."""
    middle = signal[len(signal) // 4 :][: len(signal) // 2, 0]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 2 * RATE_HZ))
    return spectrum.argmax() / 2


@pytest.mark.parametrize("tempo", [0.88, 1.0, 1.12])
@pytest.mark.parametrize("semitones", [-2.0, 0.0, 1.5])
def test_a_tone_is_transposed_and_the_tempo_does_not_matter(tempo, semitones):
    samples = 4 * RATE_HZ
    played = repitch(tone(440, int(samples * tempo) + 1), samples, RATE_HZ, tempo, semitones)
    # equal temperament; the stretcher moves frequencies about in windows of 120 ms, 8 Hz a bin
    assert abs(peak_hz(played) - 440 * 2 ** (semitones / 12)) < 1.5
    middle = played[samples // 4 : 3 * samples // 4]
    # a stretched tone keeps its level; overlapping windows ripple a little
    assert abs(middle.std() / np.sqrt(0.5) - 1) < 0.1
    np.testing.assert_allclose(played[:, 0], played[:, 1], atol=1e-3)  # the image stays in place


@pytest.mark.parametrize("tempo", [0.88, 1.12])
def test_beats_come_sooner_or_later_by_the_tempo(tempo):
    """Bursts every half second: the strongest of each stretch of the result."""
    rng = np.random.default_rng(3)
    beat, samples = RATE_HZ // 2, 6 * RATE_HZ
    signal = 1e-4 * rng.normal(size=(int(samples * tempo) + 1, 1))
    for start in range(beat, len(signal) - 200, beat):
        signal[start : start + 200] += rng.normal(size=(200, 1))
    played = repitch(signal.astype("float32"), samples, RATE_HZ, tempo, 0.0)
    energy = np.convolve(played[:, 0] ** 2, np.ones(200), "valid")
    for number in range(1, 9):
        wanted = number * beat / tempo
        near = energy[int(wanted - 0.2 * RATE_HZ) : int(wanted + 0.2 * RATE_HZ)]
        found = int(wanted - 0.2 * RATE_HZ) + near.argmax()
        assert abs(found - wanted) < 0.03 * RATE_HZ  # a window of the stretcher is 120 ms


def test_what_is_not_changed_is_the_same_array():
    signal = tone(440, 1000)
    assert repitch(signal, 1000, RATE_HZ, 1.0, 0.0) is signal


def test_without_the_extra_it_is_named_before_anything_is_read(tracks, monkeypatch):
    monkeypatch.setitem(sys.modules, "python_stretch", None)
    with pytest.raises(ImportError, match=r"keras_sep\[augment\]"):
        excerpts(tracks, STEMS, augmentation=Augmentation(repitch=0.1), **SETTINGS)


def test_sources_played_together_stay_together(tracks):
    def drawn(incoherent):
        augmentation = Augmentation(incoherent, repitch=0.5)
        draws = RandomDraws(tracks, [500] * 3, None, augmentation, seed=1)
        return [draws.draw(0, index, 3) for index in range(1000)]

    together = [{(one.tempo, one.pitch_semitones) for one in draw} for draw in drawn(0.0)]
    assert all(len(pitches) == 1 for pitches in together)
    changed = [pitch for (pitch,) in together if pitch != (1.0, 0.0)]
    # four standard deviations of 1000 throws
    assert abs(len(changed) / 1000 - 0.5) < 4 * 0.5 / np.sqrt(1000)
    tempos, semitones = np.transpose(changed)
    assert 0.88 <= tempos.min() < 0.89
    assert 1.11 < tempos.max() <= 1.12
    assert -2 <= semitones.min() < -1.9
    assert 1.9 < semitones.max() <= 2

    apart = [{(one.tempo, one.pitch_semitones) for one in draw} for draw in drawn(1.0)]
    assert max(len(pitches) for pitches in apart) == 3


def test_repitched_excerpts(tracks):
    """Those not drawn are as without; the others have the same length, and a seed decides all."""
    plain = Augmentation.none()
    some = Augmentation(0.0, (1.0, 1.0), 0.0, repitch=0.5)

    def made(augmentation):
        dataset = excerpts(tracks, STEMS, augmentation=augmentation, **SETTINGS)
        return np.concatenate([batch.numpy() for batch in dataset])

    before, after = made(plain), made(some)
    assert after.shape == before.shape == (12, 4000, 2, 3)
    np.testing.assert_array_equal(after, made(some))
    same = [np.array_equal(one, two) for one, two in zip(before, after, strict=True)]
    assert 0 < sum(same) < 12
    assert np.isfinite(after).all()
    changed = ~np.array(same)
    # noise has no partials to follow, and loses some of its level: other parts of it, besides
    levels = after[changed].std(axis=(1, 2)) / before[changed].std(axis=(1, 2))
    assert (levels > 0.7).all()
    assert (levels < 1.3).all()
    # it does not fade out
    ends = after[changed, -200:].std(axis=(1, 2)) / after[changed].std(axis=(1, 2))
    assert (ends > 0.6).all()

    spectra = spectrogram_dataset(
        tracks, STEMS, frame_length=256, hop_length=64, augmentation=some, **SETTINGS
    )
    for mixture, stems in spectra:
        assert mixture.shape[:3] == stems.shape[:3] == (3, 63, 129)
        assert np.isfinite(mixture).all()


@pytest.mark.parametrize("channels", [1, 2])
def test_files_that_are_decoded_whole_and_kept(tmp_path, channels):
    """Their arrays are handed out read-only."""
    for name in ("one", "two"):
        for stem in STEMS:
            path = tmp_path / "train" / name / f"{stem}.ogg"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, 0.1 * tone(440, 9000)[:, :channels], RATE_HZ)
    augmentation = Augmentation(1.0, repitch=1.0)
    (batch,) = excerpts(
        find_tracks(tmp_path, "train"),
        STEMS,
        augmentation=augmentation,
        **SETTINGS | {"excerpts_per_track": 2},
    )
    assert batch.shape == (3, 4000, channels, 3)


@pytest.mark.parametrize(("start", "stop"), [(-200, 900), (7800, 8300), (-500, 9000)])
def test_beyond_the_ends_of_a_track_it_is_reflected(tracks, monkeypatch, start, stop):
    """What the stretcher is given: the track, and its reflection where that has ended."""
    monkeypatch.setattr(span_module, "repitch", lambda array, *settings: array)
    track = tracks[1]
    span = Span(track, "bass", start, stop, tempo=1.1, pitch_semitones=1.0)
    whole = track.read("bass")
    wanted = np.arange(start, start + span.original_samples)
    assert len(wanted) > 1.1 * (stop - start)
    there = whole[np.abs((wanted + len(whole) - 1) % (2 * len(whole) - 2) - len(whole) + 1)]
    np.testing.assert_array_equal(span.read(), there)


def test_excerpts_at_another_tempo_have_no_silence_at_the_end(tracks, monkeypatch):
    """What is played reaches beyond the track's end, where it is its reflection."""
    given = []

    def seen(array, samples, *settings):
        given.append(array)
        return array[:samples]

    monkeypatch.setattr(span_module, "repitch", seen)
    augmentation = Augmentation(repitch=1.0, tempo=(1.9, 2.0))
    settings = SETTINGS | {"excerpt_seconds": 0.9, "batch_size": 1}
    for _ in excerpts(tracks, STEMS, augmentation=augmentation, **settings):
        pass
    assert max(len(array) for array in given) > max(track.samples for track in tracks)
    assert all(array.any(axis=1).all() for array in given)  # the tracks are noise


def test_what_cannot_change_the_tempo_says_so(tracks, tmp_path):
    augmentation = Augmentation(repitch=0.2)
    with pytest.raises(ValueError, match=r'reader="tfio" cannot change tempo.*repitch=0.2'):
        excerpts(tracks, STEMS, augmentation=augmentation, reader="tfio", **SETTINGS)
    cache = SpectrogramCache(tmp_path)
    with pytest.raises(ValueError, match=r"`cache` cannot change tempo or pitch"):
        spectrogram_dataset(tracks, STEMS, augmentation=augmentation, cache=cache, **SETTINGS)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"repitch": 1.5}, "`repitch` must lie between 0 and 1. Received: 1.5"),
        ({"tempo": (0.1, 1.0)}, "`tempo` must be .low, high., from 0.5 to 2"),
        ({"tempo": (1.2, 1.0)}, "`tempo` must be .low, high., from 0.5 to 2"),
        ({"tempo": (1.0, np.inf)}, "`tempo` must be .low, high., from 0.5 to 2"),
        ({"pitch_semitones": (2, -2)}, "`pitch_semitones` must be .low, high., from -24 to 24"),
    ],
)
def test_ranges_that_are_none(options, message):
    with pytest.raises(ValueError, match=message):
        Augmentation(**options)
