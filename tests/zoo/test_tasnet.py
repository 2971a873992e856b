"""TasNet: what it learns without an order of the sources, its connections and its latency."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from two_bands import SAMPLE_RATE_HZ, improvement_db, stems

from keras_sep import Separator, losses, zoo

SMALL = {"filters": 32, "kernel_size": 16, "stride": 8, "units": 16}
numpy = keras.ops.convert_to_numpy


def test_learns_to_separate_without_an_order():
    network = zoo.tasnet(**SMALL, layers=3)
    network.compile(
        keras.optimizers.Adam(0.01), loss=losses.PermutationInvariantLoss(losses.SISNR())
    )
    network.optimizer.build(network.trainable_variables)  # or `fit` traces twice
    sources = stems(0, batch=16)
    network.fit(sources.sum(-1), sources, batch_size=8, epochs=60, verbose=0)
    separator = Separator(network, SAMPLE_RATE_HZ, ("one", "other"), interchangeable_sources=True)
    assert improvement_db(separator) > 10


def test_the_paper_has_more_units_in_one_direction():
    assert zoo.tasnet(layers=1).get_layer("recurrent_1").units == 500
    assert zoo.tasnet(layers=1, causal=True).get_layer("recurrent_1").units == 1000


@pytest.mark.parametrize("factor", [2, 1e-3])
def test_masks_and_gates_do_not_know_the_level(factor):
    """So a mixture of any level gives its sources at that level, as with the paper's segments."""
    noise = np.random.default_rng(0).normal(size=(1, 101, 1)).astype("float32")

    def deviation(**kwargs):
        network = zoo.tasnet(**SMALL, **kwargs)
        head = network.get_layer("masks")
        head.set_weights([10 * w for w in head.get_weights()])  # or all masks are about one half
        once, other = numpy(network(noise)), numpy(network(factor * noise)) / factor
        return np.abs(other - once).max() / np.abs(once).max()

    # float32 through four LSTMs; the layer normalisation's 1e-8 beside a mean square of 1
    assert deviation() < 1e-5
    assert deviation(unit_level=False) > 1e-3


@pytest.mark.parametrize("dtype", ["float32", "mixed_float16"])
def test_silence_in_a_recording_has_gradients(dtype):
    """Recordings that are strung together have gaps of zeros."""
    mixture = np.random.default_rng(0).normal(size=(1, 160, 1)).astype("float32")
    mixture[:, 48:112] = 0
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype)
    network = zoo.tasnet(**SMALL)
    keras.config.set_dtype_policy(before)
    with tf.GradientTape() as tape:
        estimate = keras.ops.cast(network(mixture), "float32")
        loss = 1024 * tf.reduce_mean(tf.square(estimate - 0.1))  # scaled, as half precision wants
    gradients = [numpy(each) for each in tape.gradient(loss, network.trainable_variables)]
    assert all(np.isfinite(each).all() for each in gradients)
    assert all(each.any() for each in gradients)


def test_connections_skip_every_pair_of_layers_after_the_first():
    """Layers whose output is zero pass on what came in, and only if they are skipped."""
    noise = np.random.default_rng(0).normal(size=(1, 101, 1)).astype("float32")

    def masks(residual):
        network = zoo.tasnet(**SMALL, layers=5, residual=residual)
        stacks = [network.get_layer(f"recurrent_{n}") for n in (1, 2, 3)]
        assert [stack.layers for stack in stacks] == [2, 2, 1]
        for stack in stacks[1:]:
            stack.set_weights([0 * w for w in stack.get_weights()])
        outputs = [stacks[0].output, network.get_layer("masks").input]
        return map(numpy, keras.Model(network.input, outputs)(noise))

    first, last = masks(residual=True)
    np.testing.assert_array_equal(last, first)
    first, last = masks(residual=False)
    assert np.abs(first).max() > 1e-3
    assert not last.any()


@pytest.mark.parametrize("stride", [16, 8])
def test_the_past_of_a_causal_network_is_final_after_a_kernel(stride):
    """The latency that the docstring states, and not a sample less."""
    network = zoo.tasnet(**{**SMALL, "stride": stride}, causal=True)
    before = np.random.default_rng(0).normal(size=(1, 400, 1)).astype("float32")
    after = before.copy()
    at = stride * 12 + 15  # the last sample of the frame that starts 15 samples before
    after[:, at:] += 1
    changed = [numpy(network(x))[0, :, 0, 0] for x in (before, after)]
    first = int(np.argmax(changed[0] != changed[1]))
    assert first == at - 15
