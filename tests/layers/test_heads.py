"""Heads for masks and embeddings: order of axes, activations, zeros."""

import keras
import numpy as np
import pytest

from keras_sep import layers
from keras_sep.testing import gradient, numpy

FRAMES, FEATURES = 11, 13


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def test_the_shapes_of_the_issue():
    head = layers.MaskHead(bins=513, sources=2)
    head.build((16, 400, FEATURES))
    assert head.dense.units == 1026
    assert head.compute_output_shape((16, 400, FEATURES)) == (16, 400, 513, 2)
    assert head.compute_output_shape((None, None, FEATURES)) == (None, None, 513, 2)


ACTIVATIONS = {
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "relu": lambda x: np.maximum(x, 0),
    "tanh": np.tanh,
    "softmax": lambda x: np.exp(x) / np.exp(x).sum(-1, keepdims=True),
    None: lambda x: x,
}


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("channels", [None, 2])
def test_masks_are_dense_then_reshaped_then_activated(activation, channels):
    head = layers.MaskHead(bins=5, sources=3, channels=channels, activation=activation)
    x = noise(2, FRAMES, FEATURES)
    masks = numpy(head(x))
    kernel, bias = (numpy(w).astype("float64") for w in head.dense.weights)
    inner = (5, 3) if channels is None else (5, 2, 3)  # bins slowest, sources fastest
    expected = ACTIVATIONS[activation]((x @ kernel + bias).reshape(2, FRAMES, *inner))
    np.testing.assert_allclose(masks, expected, rtol=1e-5, atol=1e-6)


def test_the_order_is_that_of_mask_reshape():
    head = layers.MaskHead(bins=5, sources=3, channels=2, activation=None)
    x = noise(2, FRAMES, FEATURES)
    flat = head(x)
    reshaped = layers.MaskReshape(sources=3, channels=2)(head.dense(x))
    np.testing.assert_array_equal(numpy(flat), numpy(reshaped))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gated_masks_share_all_but_the_first_layer(activation):
    head = layers.GatedMaskHead(bins=5, sources=3, activation=activation)
    x = noise(2, FRAMES, FEATURES)
    masks = numpy(head(x))

    def dense(layer, x):
        kernel, *bias = (numpy(w).astype("float64") for w in layer.weights)
        return x @ kernel + sum(bias)

    features = dense(head.features, x)
    logits = []
    for source in range(3):  # slowest
        own = features[..., source * FEATURES : (source + 1) * FEATURES]
        gate = ACTIVATIONS["sigmoid"](dense(head.gate, own))
        logits.append(dense(head.masks, np.tanh(dense(head.value, own)) * gate))
    expected = ACTIVATIONS[activation](np.stack(logits, axis=-1))
    np.testing.assert_allclose(masks, expected, rtol=1e-5, atol=1e-6)


def test_softmax_masks_of_the_sources_sum_to_one():
    head = layers.MaskHead(bins=5, sources=3, channels=2, activation="softmax")
    masks = numpy(head(10 * noise(2, FRAMES, FEATURES)))
    np.testing.assert_allclose(masks.sum(-1), 1, atol=1e-6)
    assert not np.allclose(masks.sum(-2), 1, atol=1e-2)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
@pytest.mark.parametrize("unit_norm", [True, False])
def test_embeddings(activation, unit_norm):
    head = layers.EmbeddingHead(bins=5, dims=7, activation=activation, unit_norm=unit_norm)
    x = noise(2, FRAMES, FEATURES)
    embeddings = numpy(head(x))
    kernel, bias = (numpy(w).astype("float64") for w in head.dense.weights)
    expected = ACTIVATIONS[activation]((x @ kernel + bias).reshape(2, FRAMES, 5, 7))
    if unit_norm:
        expected /= np.linalg.norm(expected, axis=-1, keepdims=True)
    np.testing.assert_allclose(embeddings, expected, rtol=1e-5, atol=1e-6)


def test_embeddings_of_zero_let_training_go_on():
    head = layers.EmbeddingHead(bins=5, dims=7)
    value, slope = gradient(
        lambda x: keras.ops.sum(head(x)), np.zeros((2, FRAMES, FEATURES), "float32")
    )
    assert value == 0
    assert not slope.any()


@pytest.mark.parametrize("make", [layers.MaskHead, layers.EmbeddingHead])
def test_frames_do_not_talk_to_each_other_and_their_mask_travels_on(make):
    head = make(5, 3)
    x = keras.layers.Masking()(noise(2, FRAMES, FEATURES))
    outputs = head(x)
    np.testing.assert_array_equal(numpy(outputs._keras_mask), numpy(x._keras_mask))
    alone = numpy(head(numpy(x)[:, 3:4]))
    np.testing.assert_allclose(alone, numpy(outputs)[:, 3:4], rtol=1e-5, atol=1e-6)


def test_wrong_arguments():
    for make, name in [
        (lambda n: layers.MaskHead(n, 2), "bins"),
        (lambda n: layers.MaskHead(5, n), "sources"),
        (lambda n: layers.MaskHead(5, 2, channels=n), "channels"),
        (lambda n: layers.EmbeddingHead(n, 2), "bins"),
        (lambda n: layers.EmbeddingHead(5, n), "dims"),
    ]:
        for wrong in (0, -1, 2.0):
            message = rf"`{name}` must be a positive integer\. Received: .*{wrong}"
            with pytest.raises(ValueError, match=message):
                make(wrong)


def test_mask_reshape_of_the_usual_spectrogram():
    """(16, 400, 1026) to (16, 400, 513, 2): bins slowest, sources fastest."""
    flat = np.arange(16 * 400 * 1026, dtype="float32").reshape(16, 400, 1026)
    masks = keras.ops.convert_to_numpy(layers.MaskReshape(sources=2)(flat))
    assert masks.shape == (16, 400, 513, 2)
    for source in range(2):
        np.testing.assert_array_equal(masks[..., source], flat[..., source::2])
