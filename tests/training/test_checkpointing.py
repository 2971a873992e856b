"""Blocks computed again for the gradient."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from small_runs import small_recipe

from keras_sep import zoo
from keras_sep.training._checkpointed import checkpointed
from keras_sep.training._graph_cost import graph_cost


def network():
    keras.utils.set_random_seed(3)
    return zoo.bs_roformer(
        sources=1, channels=1, features=8, blocks=3, heads=2, head_size=4, frame_length=64,
        hop_length=16, dropout=0.5, band_widths=(8, 8, 17),
    )  # fmt: skip


def test_gradients_are_the_same_in_less_memory():
    """Two steps, with dropout that draws anew in each."""
    plain, again = network(), network()
    # two layers in each block, the bands and the masks
    assert checkpointed(again) == 8
    x = tf.constant(np.random.default_rng(0).normal(size=(2, 1000, 1)).astype("float32"))
    found, peaks = [], []
    for model in (plain, again):

        @tf.function
        def step(model=model):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(tf.square(model(x, training=True)))
            return loss, tape.gradient(loss, [weight.value for weight in model.trainable_weights])

        found.append([step() for _ in range(2)])
        peaks.append(graph_cost(step.get_concrete_function().graph).peak_bytes)
        assert float(found[-1][0][0]) != float(found[-1][1][0])
    for (loss, gradients), (loss_again, gradients_again) in zip(*found, strict=True):
        np.testing.assert_allclose(loss_again, loss, rtol=1e-6)
        norm = float(tf.linalg.global_norm(gradients))
        for one, other in zip(gradients, gradients_again, strict=True):
            np.testing.assert_allclose(other, one, rtol=1e-5, atol=1e-6 * norm)
    assert peaks[1] < 0.6 * peaks[0]
    silence = np.zeros((1, 500, 1), "float32")
    np.testing.assert_array_equal(again(silence + 1), plain(silence + 1))


def test_what_it_needs():
    with pytest.raises(ValueError, match=r"`fit\.precision` must be float32 with"):
        small_recipe(checkpointing=True, precision="mixed_bfloat16")
    # layers that are whole by themselves have nothing to compute again
    dense = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    assert checkpointed(dense) == 0
