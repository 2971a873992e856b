"""Waveform excerpts: real samples of the tracks, varied as asked, the same for the same seed."""

import numpy as np
import pytest
import tensorflow as tf

from keras_sep.data import Augmentation, excerpts, find_tracks
from keras_sep.data.pipelines._draws import RandomDraws

STEMS = ("drums", "bass", "vocals")
RATE_HZ = 8000
LENGTH = 1009


def batches(tracks, sources=STEMS, **arguments):
    settings = {"excerpt_seconds": LENGTH / RATE_HZ, "batch_size": 3, "excerpts_per_track": 4}
    return [batch.numpy() for batch in excerpts(tracks, sources, **{**settings, **arguments})]


def locate(excerpt, stem):
    """Where in a stem the first sample of a mono excerpt is, or None."""
    for start in np.flatnonzero(stem[: len(stem) - len(excerpt) + 1] == excerpt[0]):
        if np.array_equal(stem[start : start + len(excerpt)], excerpt):
            return int(start)
    return None


def test_unvaried_excerpts_are_cut_from_one_place_of_one_track(tracks):
    stems = [track.read_sources(STEMS) for track in tracks]
    made = np.concatenate(batches(tracks, augmentation=Augmentation.none()))
    assert made.shape == (12, LENGTH, 2, 3)
    places = []
    for number, excerpt in enumerate(made):
        whole = stems[number % 3]
        start = locate(excerpt[:, 0, 0], whole[:, 0, 0])
        assert start is not None
        np.testing.assert_array_equal(excerpt, whole[start : start + LENGTH])
        places.append(start)
    assert len(set(places)) > 10


def test_remixes_take_each_source_from_its_own_place(tracks):
    stems = [track.read_sources(STEMS) for track in tracks]
    unvaried = {"gain": (1.0, 1.0), "swap_channels": 0.0}
    made = np.concatenate(batches(tracks, augmentation=Augmentation(1.0, **unvaried)))
    seen = set()
    for excerpt in made:
        found = []
        for place in range(3):
            for number, whole in enumerate(stems):
                start = locate(excerpt[:, 0, place], whole[:, 0, place])
                if start is not None:
                    found.append((number, start))
        assert len(found) == 3  # every source is a real piece of that source of some track
        assert len(set(found)) > 1
        seen.update(number for number, _ in found)
    assert seen == {0, 1, 2}

    half = RandomDraws(tracks, [500] * 3, None, Augmentation(0.25, **unvaried), seed=1)
    drawn = [half.draw(0, index, 3) for index in range(2000)]
    remixed = np.mean([len({(one.track.name, one.start) for one in draw}) > 1 for draw in drawn])
    # four standard deviations of 2000 throws
    assert abs(remixed - 0.25) < 4 * np.sqrt(0.25 * 0.75 / 2000)


def test_gain_swap_and_polarity(tracks):
    plain = batches(tracks, augmentation=Augmentation.none())
    swapped = batches(tracks, augmentation=Augmentation(0.0, (1.0, 1.0), 1.0))
    flipped = batches(tracks, augmentation=Augmentation(0.0, (0.5, 0.5), 0.0, 1.0))
    for one, two, three in zip(plain, swapped, flipped, strict=True):
        np.testing.assert_array_equal(two, one[:, :, ::-1])
        np.testing.assert_array_equal(three, np.float32(-0.5) * one)

    varied = np.concatenate(
        batches(tracks, excerpts_per_track=40, augmentation=Augmentation(0.0, (0.25, 1.25), 0.0))
    )
    plain = np.concatenate(batches(tracks, excerpts_per_track=40, augmentation=Augmentation.none()))
    gains = np.linalg.norm(varied, axis=(1, 2)) / np.linalg.norm(plain, axis=(1, 2))
    assert gains.shape == (120, 3)
    assert 0.25 <= gains.min() < 0.27
    assert 1.23 < gains.max() <= 1.2500001
    assert abs(np.corrcoef(gains.T)[0, 1]) < 4 / np.sqrt(120)  # each source has its own


def test_a_seed_and_an_epoch_decide_all(tracks):
    settings = {"excerpt_seconds": LENGTH / RATE_HZ, "batch_size": 3, "excerpts_per_track": 4}
    dataset = excerpts(tracks, STEMS, seed=5, parallel_calls=4, **settings)
    epochs = [[batch.numpy() for batch in dataset] for _ in range(3)]
    again = excerpts(tracks, STEMS, seed=5, parallel_calls=1, **settings)
    np.testing.assert_array_equal(epochs[0], [batch.numpy() for batch in again])
    np.testing.assert_array_equal(epochs[1], [batch.numpy() for batch in again])
    assert not np.array_equal(epochs[0], epochs[1])
    np.testing.assert_array_equal(epochs[2], batches(tracks, seed=5, first_epoch=2))
    assert not np.array_equal(epochs[0], batches(tracks, seed=6))


def test_whole_tracks_are_gone_through_once(tracks):
    made = np.concatenate(batches(tracks, whole_tracks=True))
    again = np.concatenate(batches(tracks, whole_tracks=True, seed=9, first_epoch=3))
    np.testing.assert_array_equal(made, again)
    at = 0
    for track in tracks:
        whole = track.read_sources(STEMS)
        count = -(-len(whole) // LENGTH)
        for number in range(count):
            start = min(number * LENGTH, len(whole) - LENGTH)
            np.testing.assert_array_equal(made[at + number], whole[start : start + LENGTH])
        at += count
    assert at == len(made)


@pytest.mark.parametrize(("hop_length", "beyond"), [(None, "constant"), (16, "reflect")])
def test_context_goes_on_beyond_the_ends_of_a_track(tracks, hop_length, beyond):
    """With zeros, as around a file that is separated; for frames of an STFT with its reflection."""
    context = 501
    settings = {"whole_tracks": True, "hop_length": hop_length, "batch_size": 1}
    within = batches(tracks, **settings)
    made = batches(tracks, context=context, **settings)
    whole = tracks[0].read_sources(STEMS)
    around = np.pad(whole, ((context, context), (0, 0), (0, 0)), mode=beyond)
    length = within[0].shape[1]
    # in samples, or in frames, of which an excerpt has one more than hops
    step, more = (1, 0) if hop_length is None else (hop_length, 1)
    steps, steps_of_track = length // step + more, len(whole) // step + more
    ends = {0: 0, -(-steps_of_track // steps) - 1: (steps_of_track - steps) * step}
    for number, start in ends.items():
        there = around[start : start + length + 2 * context]
        np.testing.assert_array_equal(made[number][0], there)
    for one, other in zip(within, made, strict=True):
        np.testing.assert_array_equal(one, other[:, context:-context])


def test_shapes_are_static_and_cardinality_known(tracks):
    dataset = excerpts(tracks, STEMS, excerpt_seconds=0.1, batch_size=5, excerpts_per_track=4)
    assert dataset.element_spec.shape == (5, 800, 2, 3)
    assert int(dataset.cardinality()) == 2
    endless = excerpts(tracks, STEMS, excerpt_seconds=0.1, excerpts_per_track=None)
    assert int(endless.cardinality()) == tf.data.INFINITE_CARDINALITY
    assert sum(1 for _ in endless.take(3)) == 3


def test_mixed_rates_and_channels(tmp_path, write_track):
    write_track(tmp_path / "a", 10007)
    write_track(tmp_path / "b", 20011, sample_rate_hz=16000, channels=1)
    with pytest.raises(ValueError, match="8000 Hz with 2 channels, 16000 Hz with 1 channel"):
        batches(find_tracks(tmp_path))
    tracks = find_tracks(tmp_path, sample_rate_hz=RATE_HZ, channels=2)
    made = np.concatenate(batches(tracks, augmentation=Augmentation.none()))
    np.testing.assert_array_equal(made[1, :, 0], made[1, :, 1])  # mono, copied
    assert not np.array_equal(made[0, :, 0], made[0, :, 1])


def test_bad_input_is_named(tracks):
    with pytest.raises(
        ValueError, match=r"no longer than any track. Received: track 1 \(1\.01 s\)$"
    ):
        batches(tracks, excerpt_seconds=8200 / RATE_HZ)
    with pytest.raises(ValueError, match=r"must be of at least one sample. Received: 0$"):
        batches(tracks, excerpt_seconds=0)
    with pytest.raises(ValueError, match=r"contains no batch of `batch_size`=13"):
        batches(tracks, batch_size=13)
    with pytest.raises(ValueError, match=r"`reader` must be 'soundfile' or 'tfio'.*'wave'"):
        batches(tracks, reader="wave")
    with pytest.raises(ValueError, match=r"`gain` must be.*\[1.0, 0.5\]"):
        Augmentation(gain=(1.0, 0.5))
    with pytest.raises(ValueError, match=r"`swap_channels` must lie between 0 and 1.*2"):
        Augmentation(swap_channels=2.0)
    tracks[1].stems["vocals"].write_bytes(b"gone bad since")
    with pytest.raises(tf.errors.OpError, match=r"vocals\.wav: not a readable audio file"):
        batches(tracks)
