"""Wavenet that separates: its published figures, its reach, and what it learns."""

import keras
import numpy as np
import pytest
from two_bands import SAMPLE_RATE_HZ, improvement_db, stems

from keras_sep import Separator, losses, zoo
from keras_sep.testing import numpy

SMALL = {"filters": 4, "skip": 3, "blocks": 3, "stacks": 2, "head_filters": (6, 5)}
REACH = 2 * (1 + 2 + 4)  # of the dilated convolutions, to one side


def test_parameters_of_the_published_sizes():
    """The authors' configurations say 3277763 and 3277249, with a residual that nothing reads."""
    unread = 64 * 64
    assert zoo.wavenet().count_params() + unread == 3_277_763
    assert zoo.wavenet(sources=2).count_params() + unread == 3_277_249


@pytest.mark.parametrize(("causal", "taps"), [(False, 3), (False, 5), (True, 3), (True, 2)])
def test_receptive_field(causal, taps):
    """The paper's count of the dilated convolutions, 8185 in its size, and the three others."""
    network = zoo.wavenet(sources=2, taps=taps, causal=causal, difference=False, **SMALL)
    rng = np.random.default_rng(0)
    network.set_weights([rng.normal(0, 0.5, w.shape) for w in network.weights])
    # a ReLU may hide what reaches it by one path: not in all of them
    before = rng.normal(size=(16, 301, 1)).astype("float32")
    after = before.copy()
    after[:, 150] += 1
    changed = np.abs(numpy(network(after)) - numpy(network(before))).max(axis=(0, 2, 3)) > 0
    first, last = np.flatnonzero(changed)[[0, -1]]
    span = (taps - 1) * (REACH + 3)
    assert (first, last) == ((150, 150 + span) if causal else (150 - span // 2, 150 + span // 2))


def test_receptive_field_of_the_published_size():
    dilated = [layer for layer in zoo.wavenet().layers if hasattr(layer, "dilation")]
    assert len(dilated) == 40
    assert 1 + sum((layer.kernel_size - 1) * layer.dilation for layer in dilated) == 8185


def test_sources_sum_to_the_mixture():
    mixture = np.random.default_rng(1).normal(size=(2, 101, 2)).astype("float32")
    total = numpy(zoo.wavenet(3, 2, **SMALL)(mixture)).sum(-1)
    # three float32 numbers around one
    np.testing.assert_allclose(total, mixture, rtol=0, atol=1e-6)


def test_learns_to_separate_without_an_order():
    keras.utils.set_random_seed(2)
    network = zoo.wavenet(
        2, filters=16, skip=16, blocks=5, stacks=1, head_filters=(32, 16), difference=False
    )
    network.compile(
        keras.optimizers.Adam(0.005), loss=losses.PermutationInvariantLoss(losses.SISNR())
    )
    network.optimizer.build(network.trainable_variables)  # or `fit` traces twice
    sources = stems(0, batch=16)
    network.fit(sources.sum(-1), sources, batch_size=8, epochs=20, verbose=0)
    separator = Separator(network, SAMPLE_RATE_HZ, ("one", "other"), interchangeable_sources=True)
    assert improvement_db(separator) > 10


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"taps": 4}, "`taps` must be odd unless causal. Received: taps=4"),
        ({"sources": 1}, "`difference` needs at least two `sources`.*sources=1"),
    ],
)
def test_bad_arguments(arguments, text):
    with pytest.raises(ValueError, match=text):
        zoo.wavenet(**{**SMALL, **arguments})
