"""Excerpts without TensorFlow: the numbers of the `tf.data` pipeline, epoch by epoch of `fit`."""

import keras
import numpy as np
import pytest

from keras_sep import data
from keras_sep.data.augmentations import Noise

SOURCES = ("drums", "bass", "other", "vocals")


@pytest.fixture(scope="module")
def tracks(tmp_path_factory):
    root = tmp_path_factory.mktemp("album")
    data.synthetic_band(root, train=2, valid=0, test=0, seconds=2.0, sample_rate_hz=4000)
    return data.find_tracks(root, "train", SOURCES)


@pytest.mark.parametrize(
    "settings",
    [
        {"augment": [Noise(snr_db=(0, 10))], "batch_size": 4},
        {"hop_length": 32, "context": 64, "batch_size": 3, "first_epoch": 2},
        {"whole_tracks": True, "context": 100, "batch_size": 4},
        {"whole_tracks": True, "batch_size": 4, "part": (1, 2)},
        {"batch_size": 4, "part": (1, 2)},
    ],
)
def test_numbers_are_those_of_the_pipeline(tracks, settings):
    settings = {"excerpt_seconds": 0.3, "excerpts_per_track": 5, "seed": 7, **settings}
    pipeline = data.excerpts(tracks, SOURCES, **settings)
    dataset = data.ExcerptDataset(tracks, SOURCES, **settings)
    pairs = data.ExcerptDataset(tracks, SOURCES, ("vocals", "drums"), **settings)
    context = settings.get("context", 0)
    for _ in range(2):
        batches = [batch.numpy() for batch in pipeline]
        assert len(dataset) == len(pairs) == len(batches)
        for index, batch in enumerate(batches):
            np.testing.assert_array_equal(dataset[index], batch)
            mixture, targets = pairs[index]
            np.testing.assert_allclose(mixture, batch.sum(-1), atol=1e-6)  # another order
            inner = batch[:, context : batch.shape[1] - context]
            np.testing.assert_array_equal(targets, inner[..., [3, 0]])
        dataset.on_epoch_end()
        pairs.on_epoch_end()


class Seen(keras.layers.Layer):
    """What goes through, batch by batch."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.batches = []

    def call(self, inputs):
        self.batches.append(keras.ops.convert_to_numpy(inputs))
        return inputs


def test_fit_draws_each_epoch_once(tracks):
    """In order, by two threads; in eager steps, so that the batches can be seen."""
    settings = {"excerpt_seconds": 0.1, "excerpts_per_track": 6, "batch_size": 4, "seed": 7}
    seen = Seen()
    model = keras.Sequential([seen, keras.layers.Dense(1, use_bias=False)])
    model.compile("sgd", "mse", run_eagerly=True)
    dataset = data.ExcerptDataset(tracks, SOURCES, ("bass",), **settings)
    model.build((None, 400, 2))
    seen.batches.clear()
    model.fit(dataset, epochs=3, shuffle=False, verbose=0)
    assert dataset.epoch == 3
    expected = data.ExcerptDataset(tracks, SOURCES, ("bass",), **settings)
    for epoch in range(3):
        for index in range(3):
            mixture, _ = expected[index]
            np.testing.assert_array_equal(seen.batches[3 * epoch + index], mixture)
        expected.on_epoch_end()
    assert len(seen.batches) == 9


@pytest.mark.fault
def test_wrong_arguments_are_named(tracks):
    with pytest.raises(ValueError, match=r"`targets` must be among the sources .*Received: voice"):
        data.ExcerptDataset(tracks, SOURCES, ("voice",), excerpt_seconds=0.1)
    with pytest.raises(IndexError, match=r"there are 8 batches\. Received: 99"):
        data.ExcerptDataset(tracks, SOURCES, excerpt_seconds=0.1)[99]
    with pytest.raises(
        ValueError, match="an epoch of 2 excerpts contains no batch of `batch_size`=4"
    ):
        data.ExcerptDataset(
            tracks, SOURCES, excerpt_seconds=0.1, excerpts_per_track=1, batch_size=4
        )
