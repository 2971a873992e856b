"""Mixtures of whole recordings: their lengths and levels, the same list for the same seed."""

from collections import Counter

import numpy as np
import pytest

from keras_sep.data import Mixture, draw_mixtures

RATE_HZ = 8000


@pytest.fixture
def voices(write_voices):
    """Four voices of two recordings each, all of different lengths."""
    rng = np.random.default_rng(0)
    samples = iter((211, 307, 401, 503, 601, 701, 809, 907))
    return write_voices(
        {
            f"{voice}/{number}": rng.standard_normal(next(samples))
            for voice in "abcd"
            for number in "01"
        }
    )


def voice_of(mixture, source):
    return mixture.recordings[source].path.parent.name


def decibels(array):
    return 10 * np.log10(np.mean(np.square(array, dtype=np.float64)))


@pytest.mark.parametrize("length", ["min", "max"])
def test_lengths_are_cut_or_padded(voices, length):
    for mixture in draw_mixtures([voices] * 3, 20, length=length, seed=3):
        samples = [recording.samples for recording in mixture.recordings.values()]
        assert mixture.samples == {"min": min(samples), "max": max(samples)}[length]
        stems = mixture.read_sources(["s1", "s2", "s3"])
        assert stems.shape == (mixture.samples, 1, 3)
        assert stems.dtype == np.float32
        for place, recording in enumerate(mixture.recordings.values()):
            heard = min(recording.samples, mixture.samples)
            assert not stems[heard:, :, place].any()
            # what is heard is the recording from its start, but for its level
            whole = recording.read()[:heard, 0]
            stem = stems[:heard, 0, place]
            gain = stem @ whole / (whole @ whole)
            np.testing.assert_allclose(stem, gain * whole, atol=1e-6)
        np.testing.assert_allclose(mixture.read_mixture(), stems.sum(-1), atol=1e-7)
        np.testing.assert_array_equal(mixture.read("s2"), stems[..., 1])


def test_levels_are_those_of_the_whole_recordings(voices):
    levels = []
    for mixture in draw_mixtures([voices] * 2, 60, length="max", level_db=(-3.0, 7.0)):
        # without the silence that follows
        first, second = (
            decibels(mixture.read(source)[: recording.samples])
            for source, recording in mixture.recordings.items()
        )
        np.testing.assert_allclose(first, -20, atol=1e-4)  # a root mean square of 0.1
        levels.append(second - first)
        np.testing.assert_allclose(levels[-1], mixture.level_db["s2"], atol=1e-4)
    assert -3.0001 < min(levels) < -2
    assert 6 < max(levels) < 7.0001
    # cutting comes after: the same levels, whichever the length
    for long, short in zip(
        draw_mixtures([voices] * 2, 5, length="max"), draw_mixtures([voices] * 2, 5), strict=True
    ):
        np.testing.assert_array_equal(
            long.read_sources(("s1", "s2"))[: short.samples], short.read_sources(("s1", "s2"))
        )


def test_voices_differ_and_are_drawn_equally_often(voices):
    count = 600
    mixtures = draw_mixtures([voices] * 2, count)
    pairs = [(voice_of(mixture, "s1"), voice_of(mixture, "s2")) for mixture in mixtures]
    assert all(first != second for first, second in pairs)
    drawn = Counter(voice for pair in pairs for voice in pair)
    # five standard deviations of `count` throws with one chance in two
    assert max(abs(drawn[voice] - count / 2) for voice in "abcd") < 5 * np.sqrt(count / 4)
    files = Counter(recording for mixture in mixtures for recording in mixture.recordings.values())
    assert len(files) == 8
    assert max(abs(times - count / 4) for times in files.values()) < 5 * np.sqrt(count * 3 / 16)


def test_a_seed_decides_the_list_and_more_begin_the_same(voices):
    few = draw_mixtures([voices] * 2, 5, seed=7)
    assert few == draw_mixtures([voices] * 2, 9, seed=7)[:5]
    assert few != draw_mixtures([voices] * 2, 5, seed=8)
    assert len({mixture.name for mixture in draw_mixtures([voices] * 2, 200)}) == 200


def test_names(voices):
    two = {"a": voices["a"][:1]}, {"b": voices["b"][1:]}
    (mixture,) = draw_mixtures(two, 1, names=("speech", "music"), level_db=(0.0, 0.0))
    assert mixture == Mixture(
        name="00000_0_1",
        recordings={"speech": voices["a"][0], "music": voices["b"][1]},
        level_db={"speech": 0.0, "music": 0.0},
        samples=211,
    )
    assert (mixture.sample_rate_hz, mixture.channels) == (RATE_HZ, 1)
    with pytest.raises(ValueError, match=r"'00000_0_1' has no source 's1'. It has: \['speech'"):
        mixture.read("s1")


def test_bad_input_is_named(voices):
    with pytest.raises(
        ValueError, match=r"5 sources that have only these voices: \['a', 'b', 'c', 'd'\]"
    ):
        draw_mixtures([voices] * 5, 1)
    with pytest.raises(ValueError, match=r"`names` must be one for each of 2 .*\('s1', 's1'\)"):
        draw_mixtures([voices] * 2, 1, names=("s1", "s1"))
    with pytest.raises(ValueError, match=r"`length` must be 'min' or 'max'. Received: 'mean'"):
        draw_mixtures([voices] * 2, 1, length="mean")
    with pytest.raises(ValueError, match=r"`level_db` must be \(lowest, highest\)"):
        draw_mixtures([voices] * 2, 1, level_db=(1.0, 0.0))
    with pytest.raises(ValueError, match=r"`count` must be at least 1\. Received: 0"):
        draw_mixtures([voices] * 2, 0)
    (mixture,) = draw_mixtures([voices], 1)
    mixture.recordings["s1"].path.unlink()
    with pytest.raises(ValueError, match=r"\d\.wav: no such file"):
        mixture.read("s1")
