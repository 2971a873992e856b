"""Mask inference: its masks, and what it learns without an order of the sources."""

import keras
import numpy as np
import pytest
from two_bands import BINS, examples, improvement_db, separator

from keras_sep import losses, ops, zoo

FRAMES, CHANNELS, SOURCES = 7, 2, 3


@pytest.mark.parametrize(
    ("activation", "low", "high", "total"),
    [("sigmoid", 0, 1, None), ("relu", 0, np.inf, None), ("softmax", 0, 1, 1)],
)
def test_estimates_are_masks_of_the_mixture(activation, low, high, total):
    network = zoo.mask_inference(
        SOURCES, BINS, CHANNELS, units=5, layers=1, activation=activation, cell="gru"
    )
    x = 1 + np.random.default_rng(0).random((2, FRAMES, BINS, CHANNELS), "float32")
    estimates = keras.ops.convert_to_numpy(network(x))
    assert estimates.shape == (2, FRAMES, BINS, CHANNELS, SOURCES)
    masks = estimates / x[..., None]
    assert low <= masks.min() < masks.max() <= high
    if total is not None:
        np.testing.assert_allclose(masks.sum(-1), total, rtol=1e-5)  # float32


def test_learns_to_separate_without_an_order():
    x, stems, mixture = examples()
    network = zoo.mask_inference(bins=BINS, units=8, layers=1, dropout=0.0, bidirectional=False)
    network.compile(
        keras.optimizers.Adam(0.02),
        loss=losses.PermutationInvariantLoss(losses.SpectrogramLoss(norm="l2")),
    )
    network.optimizer.build(network.trainable_variables)  # or `fit` traces twice
    target = ops.truncated_phase_sensitive_approximation(stems, mixture)
    network.fit(x, keras.ops.convert_to_numpy(target), epochs=30, verbose=0)
    model = separator(network)
    assert improvement_db(model) > 10
