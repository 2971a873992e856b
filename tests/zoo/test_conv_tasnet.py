"""Conv-TasNet: what it learns without an order of the sources, and its latency."""

import keras
import numpy as np
import pytest
from two_bands import SAMPLE_RATE_HZ, improvement_db, stems

from keras_sep import Separator, layers, losses, zoo

SMALL = {"filters": 32, "bottleneck": 16, "hidden": 32, "skip": 16, "blocks": 2, "repeats": 1}


def test_learns_to_separate_without_an_order():
    network = zoo.conv_tasnet(**SMALL, mask_activation="relu")
    network.compile(
        keras.optimizers.Adam(0.01), loss=losses.PermutationInvariantLoss(losses.SISNR())
    )
    network.optimizer.build(network.trainable_variables)  # or `fit` traces twice
    sources = stems(0, batch=16)
    network.fit(sources.sum(-1), sources, batch_size=8, epochs=40, verbose=0)
    separator = Separator(network, SAMPLE_RATE_HZ, ("one", "other"), interchangeable_sources=True)
    assert improvement_db(separator) > 10


@pytest.mark.parametrize(
    ("normalization", "complaint"),
    [
        ("gLN", "`normalization` must be a Keras layer. Received: normalization='gLN'"),
        (layers.GlobalLayerNormalization(), "must not look ahead where the network is causal"),
        (layers.LevelNormalization(), "must not look ahead where the network is causal"),
        (keras.layers.GroupNormalization(), "must not look ahead where the network is causal"),
    ],
)
def test_a_normalisation_that_cannot_be(normalization, complaint):
    with pytest.raises(ValueError, match=complaint):
        zoo.conv_tasnet(**SMALL, causal=True, normalization=normalization)


def test_the_past_of_a_causal_network_is_final_after_a_kernel():
    """The latency that the docstring states, and not a sample less."""
    network = zoo.conv_tasnet(**SMALL, causal=True)
    before = np.random.default_rng(0).normal(size=(1, 400, 1)).astype("float32")
    after = before.copy()
    at = 8 * 25 + 15  # the last sample of the frame that starts 15 samples before
    after[:, at:] += 1
    changed = [keras.ops.convert_to_numpy(network(x))[0, :, 0, 0] for x in (before, after)]
    first = int(np.argmax(changed[0] != changed[1]))
    assert first == at - 15
