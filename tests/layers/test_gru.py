"""`GRU` beside `keras.layers.GRU`, with the same weights."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_sep.layers import GRU

BATCH, FRAMES, FEATURES, UNITS = 3, 17, 11, 7


@pytest.mark.parametrize("go_backwards", [False, True])
@pytest.mark.parametrize("reset_after", [False, True])
@pytest.mark.parametrize("use_bias", [False, True])
def test_equals_keras(go_backwards, reset_after, use_bias):
    rng = np.random.default_rng(5)
    settings = {
        "go_backwards": go_backwards,
        "reset_after": reset_after,
        "use_bias": use_bias,
        "return_sequences": True,
        "return_state": True,
    }
    x = tf.constant(rng.normal(size=(BATCH, FRAMES, FEATURES)), "float32")
    state = tf.constant(rng.normal(size=(BATCH, UNITS)), "float32")
    results, weights = [], None
    for kind in (keras.layers.GRU, GRU):
        layer = kind(UNITS, **settings)
        layer.build(x.shape)
        weights = weights or [0.4 * rng.normal(size=w.shape) for w in layer.get_weights()]
        layer.set_weights(weights)
        with tf.GradientTape() as tape:
            tape.watch([x, state])
            outputs, last = layer(x, initial_state=state, training=True)
            loss = tf.reduce_sum(outputs**3) + tf.reduce_sum(last)
        results.append([outputs, last, *tape.gradient(loss, [x, state, *layer.trainable_weights])])
    for ours, theirs in zip(results[1], results[0], strict=True):
        # gradients of the weights are sums over 51 float32 products of size one
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(results[1][0], results[0][0], atol=1e-6)


@pytest.mark.parametrize("rows", [BATCH, 33])
@pytest.mark.parametrize("jit_compile", [False, True])
def test_without_training(rows, jit_compile):
    """Few rows and many, whose input product is taken frame by frame; gradients are the same."""
    rng = np.random.default_rng(7)
    x = tf.constant(rng.normal(size=(rows, FRAMES, FEATURES)), "float32")
    results, weights = [], None
    for kind in (keras.layers.GRU, GRU):
        layer = kind(UNITS, return_sequences=True, go_backwards=True)
        layer.build(x.shape)
        weights = weights or [0.4 * rng.normal(size=w.shape) for w in layer.get_weights()]
        layer.set_weights(weights)

        @tf.function(jit_compile=jit_compile)
        def run(x, layer=layer):
            with tf.GradientTape() as tape:
                tape.watch(x)
                outputs = layer(x, training=False)
                loss = tf.reduce_sum(outputs**3)
            return outputs, *tape.gradient(loss, [x, *layer.trainable_weights])

        results.append(run(x))
    for ours, theirs in zip(results[1], results[0], strict=True):
        # gradients of the weights are sums over hundreds of float32 products of size one
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(results[1][0], results[0][0], atol=1e-6)
