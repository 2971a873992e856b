"""Rotary positions and attention in blocks beside their formulas in float64."""

import keras
import numpy as np
import pytest

from keras_sep import layers, ops
from keras_sep.layers import _attention

RNG = np.random.default_rng(0)


def rotated(x, interleaved, theta=1e4):
    """Su et al.'s equation 34 as complex numbers: (..., frames, size)."""
    frames, size = x.shape[-2:]
    first, second = (
        (x[..., ::2], x[..., 1::2]) if interleaved else (x[..., : size // 2], x[..., size // 2 :])
    )
    angles = np.arange(frames)[:, None] * theta ** (-np.arange(0, size, 2) / size)
    pairs = (first + 1j * second) * np.exp(1j * angles)
    if interleaved:
        return np.stack([pairs.real, pairs.imag], axis=-1).reshape(x.shape)
    return np.concatenate([pairs.real, pairs.imag], axis=-1)


@pytest.mark.parametrize("interleaved", [True, False])
def test_positions(interleaved):
    x = RNG.normal(size=(2, 3, 31, 6))
    found = ops.rotary_positions(x.astype("float32"), theta=100, interleaved=interleaved)
    np.testing.assert_allclose(found, rotated(x, interleaved, 100), atol=1e-5)


def attended(x, layer):
    """Softmax attention of every head, by the weights of a layer, over the last but one axis."""
    weights = [np.float64(keras.ops.convert_to_numpy(w)) for w in layer.weights]
    heads = (*x.shape[:-1], 3, layer.heads, layer.head_size)
    query, key, value = np.moveaxis((x @ weights[0]).reshape(heads), -3, 0)
    query, key = (
        rotated(each.swapaxes(-2, -3), layer.interleaved).swapaxes(-2, -3) for each in (query, key)
    )
    scores = np.einsum("...qhd,...khd->...hqk", query, key) / np.sqrt(layer.head_size)
    shares = np.exp(scores)
    shares /= shares.sum(axis=-1, keepdims=True)
    found = np.einsum("...hqk,...khd->...qhd", shares, value)
    if layer.gated:
        found = found / (1 + np.exp(-(x @ weights[2] + weights[3])))[..., None]
    return found.reshape(*x.shape[:-1], -1) @ weights[1]


@pytest.mark.parametrize("axis", [1, 2])
@pytest.mark.parametrize("gated", [True, False])
def test_attention(axis, gated, monkeypatch):
    x = RNG.normal(size=(3, 13, 7, 5))
    layer = layers.RotaryAttention(2, 4, axis, gated, interleaved=gated)
    layer.build(x.shape)
    for weight in layer.weights:
        weight.assign(0.5 * RNG.normal(size=weight.shape))
    turned = x.transpose(0, 2, 1, 3) if axis == 1 else x
    expected = attended(turned, layer)
    expected = expected.transpose(0, 2, 1, 3) if axis == 1 else expected
    for scores in (1, 5 * 2 * 13**2, 2**22):  # one sequence at a time, some and a rest, and all
        monkeypatch.setattr(_attention, "SCORES", scores)
        found = keras.ops.convert_to_numpy(layer(x.astype("float32")))
        np.testing.assert_allclose(found, expected, atol=2e-5)


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="Keras's dense layer is float32")
@pytest.mark.parametrize("interleaved", [True, False])
def test_attention_in_float64(interleaved):
    x = RNG.normal(size=(2, 301, 5))
    layer = layers.RotaryAttention(2, 4, interleaved=interleaved, dtype="float64")
    layer.build(x.shape)
    found = keras.ops.convert_to_numpy(layer(keras.ops.convert_to_tensor(x, "float64")))
    np.testing.assert_allclose(found, attended(x, layer), rtol=1e-9, atol=1e-12)


@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize` method")
@pytest.mark.parametrize("norm_out", [True, False])
def test_a_block_is_quantized(norm_out):
    block = layers.RotaryTransformerBlock(2, 4, hidden=7, norm_out=norm_out)
    network = keras.Sequential([block])
    x = RNG.normal(size=(2, 13, 5)).astype("float32")
    before = keras.ops.convert_to_numpy(network(x))
    network.quantize("int8")
    np.testing.assert_allclose(keras.ops.convert_to_numpy(network(x)), before, atol=0.1)


def test_blocks_change_no_gradient(monkeypatch):
    """Beside those of scores written out."""
    if keras.backend.backend() != "tensorflow":
        pytest.skip("only TensorFlow attends in blocks")
    import tensorflow as tf

    query, key, value, upstream = (
        tf.constant(RNG.normal(size=(7, 2, frames, 4)), "float32") for frames in (5, 11, 11, 5)
    )
    mask = tf.constant(RNG.random(size=(7, 11)) < 0.7)

    def gradients(**settings):
        with tf.GradientTape() as tape:
            tape.watch([query, key, value])
            found = _attention.attention(
                lambda *x: x, (query, key, value), 2 * 5 * 11, mask, **settings
            )
        return tape.gradient(found, [query, key, value], tf.transpose(upstream, (0, 2, 1, 3)))

    whole = gradients(drop=lambda weights: weights)
    for scores in (1, 3 * 2 * 5 * 11):
        monkeypatch.setattr(_attention, "SCORES", scores)
        for found, expected in zip(gradients(), whole, strict=True):
            np.testing.assert_allclose(found, expected, atol=1e-6)
