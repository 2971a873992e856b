"""Batches of unequal lengths: each item once an epoch, padded with zeros, and little of that."""

import numpy as np
import pytest
import tensorflow as tf

from keras_sep.data import draw_mixtures, padded_batches, plain_errors


@pytest.fixture
def mixtures(write_voices):
    """Sixty mixtures of one recording each, of evenly spread lengths and of values all its own."""
    lengths = 1000 + 67 * np.random.default_rng(0).permutation(60)
    voices = write_voices(
        {f"v{number}/0": np.arange(1, length + 1) for number, length in enumerate(lengths)}
    )
    return [draw_mixtures([{voice: files}], 1)[0] for voice, files in voices.items()]


def batches(items, sources=("s1",), **arguments):
    dataset = padded_batches(items, sources, **{"batch_size": 7, **arguments})
    return [(stems.numpy(), lengths.numpy()) for stems, lengths in dataset]


def test_every_item_comes_once_and_is_followed_by_zeros(mixtures):
    made = batches(mixtures)
    assert sorted(len(lengths) for _, lengths in made) == [4, *[7] * 8]
    items = {mixture.samples: mixture for mixture in mixtures}  # each length is one item's
    seen = []
    for stems, lengths in made:
        assert (stems.dtype, lengths.dtype) == (np.float32, np.int32)
        assert stems.shape == (len(lengths), lengths.max(), 1, 1)
        for stem, length in zip(stems, lengths, strict=True):
            np.testing.assert_array_equal(stem[:length], items[length].read_sources(["s1"]))
            assert not stem[length:].any()
            seen.append(length)
    assert sorted(seen) == sorted(items)


def test_little_is_padded_and_batches_differ(mixtures):
    dataset = padded_batches(mixtures, ["s1"], batch_size=5)
    epochs = [[lengths.numpy() for _, lengths in dataset] for _ in range(4)]
    for epoch in epochs:
        padded = sum(len(lengths) * lengths.max() for lengths in epoch)
        # unsorted batches of five of these would be a third larger than their items
        assert padded < 1.2 * sum(mixture.samples for mixture in mixtures)
        means = [lengths.mean() for lengths in epoch]
        assert means != sorted(means)  # long batches and short ones in any order
    together = [{frozenset(lengths.tolist()) for lengths in epoch} for epoch in epochs]
    assert not set.intersection(*together)


def test_a_seed_and_an_epoch_decide_all(mixtures):
    def lengths(dataset):
        return [made.tolist() for _, made in dataset.as_numpy_iterator()]

    def make(**arguments):
        return padded_batches(mixtures, ["s1"], batch_size=7, **arguments)

    dataset = make(seed=5, parallel_calls=4)
    epochs = [lengths(dataset) for _ in range(3)]
    again = make(seed=5, parallel_calls=1)
    assert [lengths(again), lengths(again)] == epochs[:2]
    assert epochs[0] != epochs[1]
    assert lengths(make(seed=5, first_epoch=2)) == epochs[2]
    assert lengths(make(seed=6)) != epochs[0]
    fixed = make(seed=5, first_epoch=2, fixed=True)
    assert [lengths(fixed), lengths(fixed)] == [epochs[0]] * 2
    assert int(fixed.cardinality()) == 9


def test_tracks_of_several_sources(tracks):
    made = batches(tracks, ("vocals", "bass"), batch_size=2)
    by_length = {track.samples: track for track in tracks}
    assert sorted(len(lengths) for _, lengths in made) == [1, 2]
    for stems, lengths in made:
        for stem, length in zip(stems, lengths, strict=True):
            whole = by_length[length].read_sources(("vocals", "bass"))
            np.testing.assert_array_equal(stem[:length], whole)
    dataset = padded_batches(tracks, ("vocals", "bass"), batch_size=2)
    assert [spec.shape.as_list() for spec in dataset.element_spec] == [[None, None, 2, 2], [None]]


def test_bad_input_is_named(tracks, mixtures):
    with pytest.raises(ValueError, match="8000 Hz with 1 channel, 8000 Hz with 2 channels"):
        batches([*tracks, *mixtures])
    with pytest.raises(ValueError, match="Received: nothing"):
        batches([])
    with pytest.raises(ValueError, match=r"`batch_size` must be at least 1\. Received: 0"):
        batches(mixtures, batch_size=0)
    mixtures[3].recordings["s1"].path.write_bytes(b"gone bad since")
    with pytest.raises(tf.errors.OpError, match=r"0\.wav: not a readable audio file"):
        batches(mixtures)
    with pytest.raises(ValueError, match=r"v\d+/0\.wav: not a readable"), plain_errors():
        batches(mixtures)
