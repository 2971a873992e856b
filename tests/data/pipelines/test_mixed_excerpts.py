"""Mixtures of voices: who is heard, how loud, how strung, the same for the same seed."""

import importlib
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import tensorflow as tf

from keras_sep.data import Recording, find_recordings, mixed_excerpts, plain_errors
from keras_sep.data.pipelines.voices import draw_voices

RATE_HZ = 8000
LENGTH = 1009


def stems_of(pools, **arguments):
    settings = {"excerpt_seconds": LENGTH / RATE_HZ, "batch_size": 3, "mixtures_per_epoch": 12}
    dataset = mixed_excerpts(pools, **{**settings, **arguments})
    return np.concatenate([batch.numpy() for batch in dataset])


def decibels(array):
    return 10 * np.log10(np.mean(np.square(array, dtype=np.float64), axis=(1, 2)))


def runs(silent):
    """(silent?, length) of the runs of a signal that touch neither of its ends."""
    edges = np.flatnonzero(np.diff(silent)) + 1
    return [(bool(silent[a]), b - a) for a, b in pairwise(edges)]


@pytest.fixture
def noises(write_voices):
    """Four voices of two noises each, some longer and some shorter than an excerpt."""
    rng = np.random.default_rng(0)
    return write_voices(
        {
            f"{voice}/{number}": 0.1 * rng.standard_normal(samples)
            for voice in "abcd"
            for number, samples in enumerate((331, 3001))
        }
    )


@pytest.fixture
def sines(write_voices):
    """Five voices of one second, each its own sine frequency: 1000, 1400 ... 2600 Hz."""
    seconds = np.arange(RATE_HZ) / RATE_HZ
    frequencies = 1000 + 400 * np.arange(5)
    return write_voices(
        {f"{hz}/sine": 0.3 * np.sin(2 * np.pi * hz * seconds) for hz in frequencies}
    )


def frequency_hz(stems):
    """Of the strongest bin of each stem: whole numbers of 20 Hz for 400 samples."""
    spectrum = np.abs(np.fft.rfft(stems[:, :, 0], axis=1))
    return spectrum.argmax(axis=1) * RATE_HZ / stems.shape[1]


def test_two_sources_never_share_a_voice_and_each_is_drawn_equally_often(sines):
    count = 400
    made = stems_of([sines] * 2, excerpt_seconds=0.05, mixtures_per_epoch=count, batch_size=100)
    heard = frequency_hz(made)
    assert (heard[:, 0] != heard[:, 1]).all()
    # five standard deviations of `count` throws with two chances in five, or one for each source
    for voices, chance in ((heard.ravel(), 0.4), (heard[:, 0], 0.2), (heard[:, 1], 0.2)):
        drawn = Counter(voices.tolist())
        assert sorted(drawn) == [1000, 1400, 1800, 2200, 2600]
        limit = 5 * np.sqrt(count * chance * (1 - chance))
        assert max(abs(times - count * chance) for times in drawn.values()) < limit


def test_voices_that_pools_share_go_to_either():
    only, both = {"a": [0]}, {"a": [0], "b": [0], "c": [0]}
    rng = np.random.default_rng(0)
    drawn = {tuple(draw_voices([both, only, both], rng)) for _ in range(50)}
    assert drawn == {("b", "a", "c"), ("c", "a", "b")}


def test_too_few_voices_are_named(noises):
    two = {voice: noises[voice] for voice in "ab"}
    with pytest.raises(
        ValueError,
        match=r"as many voices as sources. Received: 3 sources that have only these "
        r"voices: \['a', 'b'\]",
    ):
        stems_of([two] * 3)
    with pytest.raises(ValueError, match=r"2 sources that have only these voices: \['a'\]"):
        stems_of([{"a": noises["a"]}, noises, {"a": noises["a"]}])
    with pytest.raises(ValueError, match=r"1 sources that have only these voices: \[\]"):
        stems_of([noises, {}])
    with pytest.raises(ValueError, match=r"these voices of pool 1 have no recordings: \['e'\]"):
        stems_of([noises, {"a": noises["a"], "e": ()}])
    with pytest.raises(
        ValueError, match=r"`pools` must contain one pool of voices per source.*\[\]"
    ):
        stems_of([])


def test_levels_are_as_asked(noises):
    made = stems_of([noises] * 3, level_db=(-3.0, 7.0), mixtures_per_epoch=120)
    # a root mean square of 0.1 is -20 dB; float32 rounds in the seventh digit
    np.testing.assert_allclose(decibels(made[..., 0]), -20, atol=1e-4)
    levels = np.stack([decibels(made[..., place]) for place in (1, 2)]) + 20
    assert -3.0001 < levels.min() < -2.5
    assert 6.5 < levels.max() < 7.0001
    assert abs(levels.mean() - 2) < 5 * (10 / np.sqrt(12)) / np.sqrt(240)  # uniform
    assert abs(np.corrcoef(levels)[0, 1]) < 5 / np.sqrt(120)  # each source has its own

    louder = stems_of([noises] * 3, level_db=(-3.0, 7.0), gain_db=(6.0, 6.0))
    np.testing.assert_allclose(louder, made[:12] * 10 ** (6 / 20), rtol=1e-5)
    gains = decibels(stems_of([noises], gain_db=(-8.0, 1.0), mixtures_per_epoch=60)[..., 0]) + 20
    assert -8.0001 < gains.min() < -7
    assert 0 < gains.max() < 1.0001


def test_long_recordings_are_cut_at_random_places(noises):
    (_, whole) = noises["a"]
    pieces = np.lib.stride_tricks.sliding_window_view(whole.read()[:, 0], LENGTH)
    pieces = pieces / np.linalg.norm(pieces, axis=1, keepdims=True)
    starts = []
    for stem in stems_of([{"a": [whole]}], mixtures_per_epoch=60)[:, :, 0, 0]:
        alike = pieces @ (stem / np.linalg.norm(stem))
        starts.append(alike.argmax())
        assert alike.max() > 1 - 1e-5  # a real piece of it, but for its level
    places = whole.samples - LENGTH + 1
    assert min(starts) < 0.1 * places
    assert max(starts) > 0.9 * places
    assert abs(np.mean(starts) / places - 0.5) < 5 / np.sqrt(12 * 60)


def test_short_recordings_are_strung_with_gaps_as_asked(write_voices):
    # no sample of them is zero, so what is zero is a gap
    voices = write_voices({f"a/{samples}": np.full(samples, 0.5) for samples in (211, 307)})
    arguments = {"gap_seconds": (20 / RATE_HZ, 29 / RATE_HZ), "excerpt_seconds": 0.5}
    made = stems_of([voices], mixtures_per_epoch=30, **arguments)[:, :, 0, 0]
    found = [run for stem in made for run in runs(stem == 0)]
    assert {length for silent, length in found if silent} == set(range(20, 30))
    strung = Counter(length for silent, length in found if not silent)
    assert sorted(strung) == [211, 307]  # whole ones, never cut but at the ends of the excerpt
    count = sum(strung.values())
    assert abs(strung[211] - count / 2) < 5 * np.sqrt(count / 4)
    # cut anywhere: also within a gap or a recording
    assert len({int(np.argmax(stem == 0)) for stem in made}) > 20


def test_recordings_strung_without_gaps_leave_none(write_voices):
    voices = write_voices({"a/1": np.full(211, 0.5)})
    assert stems_of([voices], gap_seconds=(0.0, 0.0)).all()


def test_gaps_are_as_asked_at_any_speed(write_voices):
    voices = write_voices({"a/1": np.full(401, 0.5)})
    arguments = {"gap_seconds": (0.02, 0.02), "excerpt_seconds": 0.5}
    for speed in (0.5, 2.0):
        made = stems_of([voices], speed=(speed, speed), **arguments)[:, :, 0, 0]
        found = [run for stem in made for run in runs(np.abs(stem) < 0.05)]
        # where the edges of a band-limited step pass a threshold is off by a sample or two
        np.testing.assert_allclose([n for silent, n in found if silent], 160, atol=2)
        np.testing.assert_allclose([n for silent, n in found if not silent], 401 / speed, atol=2)


def test_a_recording_longer_than_the_excerpt_may_end_a_string(write_voices):
    long = np.random.default_rng(0).uniform(-0.5, -0.1, 4001)
    voices = write_voices({"a/short": np.full(101, 0.5), "a/long": long})
    made = stems_of([voices], mixtures_per_epoch=60)[:, :, 0, 0]
    strung = [stem for stem in made if (stem > 0).any() and (stem < 0).any()]
    assert len(strung) > 5
    for stem in strung:
        tail = stem[np.argmax(stem < 0) :]  # its beginning, and nothing after it
        np.testing.assert_allclose(tail / tail[0], long[: len(tail)] / long[0], rtol=1e-5)


def test_speed_moves_frequency_as_asked(write_voices):
    seconds = np.arange(3 * RATE_HZ) / RATE_HZ
    voices = write_voices({"a/sine": 0.3 * np.sin(2 * np.pi * 440 * seconds)})
    for factor in (0.75, 1.0, 1.25):
        (stem,) = stems_of(
            [voices],
            speed=(factor, factor),
            excerpt_seconds=1.0,
            mixtures_per_epoch=1,
            batch_size=1,
        )[:, :, 0, 0]
        # a sine and a cosine of the frequency wanted are all there is, but for soxr's ends
        turns = 2 * np.pi * 440 * factor * np.arange(RATE_HZ) / RATE_HZ
        basis = np.stack([np.sin(turns), np.cos(turns)], axis=1)[300:-300]
        left = np.linalg.lstsq(basis, stem[300:-300], rcond=None)[1]
        assert left < 1e-6 * np.sum(stem**2)

    made = stems_of(
        [voices], speed=(0.5, 2.0), excerpt_seconds=0.2, mixtures_per_epoch=90, batch_size=90
    )
    moved = np.log2(frequency_hz(made)[:, 0] / 440)
    assert -1.01 < moved.min() < -0.9
    assert 0.9 < moved.max() < 1.01
    assert abs(moved.mean()) < 5 * (2 / np.sqrt(12)) / np.sqrt(90)  # log-uniform


def test_a_speed_for_each_source(write_voices):
    sine = 0.3 * np.sin(2 * np.pi * 440 * np.arange(3 * RATE_HZ) / RATE_HZ)
    voices = write_voices({"a/sine": sine, "b/sine": sine})
    pools = [{name: voices[name]} for name in ("a", "b")]
    made = stems_of(pools, speed=((0.75, 0.75), (1.5, 1.5)), excerpt_seconds=0.2)
    np.testing.assert_allclose(frequency_hz(made) / 440, [[0.75, 1.5]] * len(made), rtol=1e-2)


def test_silence_is_drawn_again_and_else_left_as_it_is(write_voices):
    half = np.concatenate([np.zeros(3001), np.full(1511, 0.5)])
    voices = write_voices({"a/half": half, "b/none": np.zeros(3001), "b/short": np.zeros(7)})
    # 1511 of 3504 places hold sound: one draw misses it in 57 mixtures of 100, eight draws in one
    made = stems_of([{"a": voices["a"]}, {"b": voices["b"]}], mixtures_per_epoch=60)
    silent = ~made[..., 0].any(axis=(1, 2))
    assert silent.mean() < 0.1
    np.testing.assert_allclose(decibels(made[~silent][..., 0]), -20, atol=1e-4)
    assert not made[..., 1].any()


def test_too_much_to_keep_in_memory_is_read_in_part(noises, monkeypatch):
    settings = {"speed": (0.9, 1.1), "seed": 3, "mixtures_per_epoch": 60}
    kept = stems_of([noises] * 2, **settings)
    module = importlib.import_module("keras_sep.data.pipelines.mixed_excerpts")  # not the function
    monkeypatch.setattr(module, "KEEP_BYTES", 1000)
    parts = []

    def read(recording, start=0, samples=None, whole=Recording.read):
        parts.append(samples)
        return whole(recording, start, samples)

    monkeypatch.setattr(Recording, "read", read)
    np.testing.assert_array_equal(stems_of([noises] * 2, **settings), kept)
    assert None in parts  # short ones
    assert max(count for count in parts if count) < 1.2 * LENGTH


def test_a_seed_and_an_epoch_decide_all(noises):
    settings = {"excerpt_seconds": 0.1, "batch_size": 3, "mixtures_per_epoch": 6}
    settings["speed"] = (0.9, 1.1)
    dataset = mixed_excerpts([noises] * 2, seed=5, parallel_calls=4, **settings)
    epochs = [[batch.numpy() for batch in dataset] for _ in range(3)]
    again = mixed_excerpts([noises] * 2, seed=5, parallel_calls=1, **settings)
    np.testing.assert_array_equal(epochs[0], [batch.numpy() for batch in again])
    np.testing.assert_array_equal(epochs[1], [batch.numpy() for batch in again])
    assert not np.array_equal(epochs[0], epochs[1])
    resumed = mixed_excerpts([noises] * 2, seed=5, first_epoch=2, **settings)
    np.testing.assert_array_equal(epochs[2], [batch.numpy() for batch in resumed])
    other = mixed_excerpts([noises] * 2, seed=6, **settings)
    assert not np.array_equal(epochs[0], [batch.numpy() for batch in other])


def test_a_fixed_list_repeats_and_is_whole(noises):
    settings = {"excerpt_seconds": 0.1, "batch_size": 3, "mixtures_per_epoch": 7}
    dataset = mixed_excerpts([noises] * 2, fixed=True, first_epoch=4, **settings)
    assert int(dataset.cardinality()) == 3
    first, second = ([batch.numpy() for batch in dataset] for _ in range(2))
    assert [len(batch) for batch in first] == [3, 3, 1]
    for one, two in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, two)
    drawn = mixed_excerpts([noises] * 2, **settings)
    assert int(drawn.cardinality()) == 2
    for one, two in zip(first, drawn, strict=False):
        np.testing.assert_array_equal(one, two)


def test_shapes_are_static_and_channels_kept(tmp_path, write_voices):
    rng = np.random.default_rng(1)
    speech = write_voices({"a/1": 0.1 * rng.standard_normal((503, 1))}, root="speech")
    music = write_voices({"b/1": 0.1 * rng.standard_normal((503, 2))}, root="music")
    settings = {"excerpt_seconds": 0.1, "batch_size": 2, "mixtures_per_epoch": 2}
    with pytest.raises(ValueError, match="8000 Hz with 1 channel, 8000 Hz with 2 channels"):
        mixed_excerpts([speech, music], **settings)
    speech = find_recordings(tmp_path / "speech", channels=2)
    dataset = mixed_excerpts([speech, music], **settings)
    assert dataset.element_spec.shape == (2, 800, 2, 2)
    (made,) = dataset
    np.testing.assert_array_equal(made[:, :, 0, 0], made[:, :, 1, 0])  # mono, copied
    assert not np.array_equal(made[:, :, 0, 1], made[:, :, 1, 1])
    # the level is that of both channels together
    np.testing.assert_allclose(decibels(made[..., 0]), -20, atol=1e-4)


def test_bad_input_is_named(noises):
    with pytest.raises(ValueError, match=r"`level_db` must be \(lowest, highest\).*\(5.0, -5.0\)"):
        stems_of([noises], level_db=(5.0, -5.0))
    with pytest.raises(ValueError, match=r"`speed` must be \(lowest, highest\).*nan"):
        stems_of([noises], speed=(1.0, float("nan")))
    with pytest.raises(ValueError, match="for each of the 1 sources"):
        stems_of([noises], speed=((1.0, 2.0), (1.0, 2.0)))
    with pytest.raises(ValueError, match=r"`speed` must be positive .*speed=\(0.0, 1.0\)"):
        stems_of([noises], speed=(0.0, 1.0))
    with pytest.raises(ValueError, match=r"`gap_seconds` not negative.*gap_seconds=\(-0.1, 1.0\)"):
        stems_of([noises], gap_seconds=(-0.1, 1.0))
    with pytest.raises(ValueError, match=r"`excerpt_seconds` .*excerpt_seconds=0.0"):
        stems_of([noises], excerpt_seconds=0.0)
    for name, value in (
        ("gain_db", (-1e9, 1e9)),
        ("excerpt_seconds", float("inf")),
        ("excerpt_seconds", 1e30),
        ("excerpt_seconds", float("nan")),
        ("mixtures_per_epoch", 1e30),
        ("parallel_calls", 0),
    ):
        with pytest.raises(ValueError, match=f"`{name}` must"):
            stems_of([noises], **{name: value})
    with pytest.raises(ValueError, match=r"contains no batch of `batch_size`=13"):
        stems_of([noises], batch_size=13)
    noises["a"][1].path.write_bytes(b"gone bad since")
    with pytest.raises(tf.errors.OpError, match=r"1\.wav: not a readable audio file"):
        stems_of([{"a": noises["a"]}])
    with pytest.raises(ValueError) as caught, plain_errors():
        stems_of([{"a": noises["a"]}])
    assert str(caught.value).startswith(f"{noises['a'][1].path}: not a readable audio file")
    assert "\n" not in str(caught.value)
