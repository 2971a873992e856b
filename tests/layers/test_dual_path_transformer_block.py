"""The SepFormer block beside its transformer blocks one chunk and one step at a time."""

import keras
import numpy as np
import pytest

from keras_sep import layers
from keras_sep.testing import outputs

BATCH, CHUNKS, STEPS, FEATURES = 2, 4, 5, 6
numpy = keras.ops.convert_to_numpy


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def sines(count):
    """Sine and cosine of position / 10000 ** (2 i / features) in turn."""
    phase = np.arange(count)[:, None] / 10000 ** (np.arange(0, FEATURES, 2) / FEATURES)
    return np.stack([np.sin(phase), np.cos(phase)], axis=-1).reshape(count, FEATURES)


@pytest.mark.parametrize("residual", [True, False])
@pytest.mark.parametrize("dense", [True, False])
@pytest.mark.parametrize("positions", [True, False])
def test_equals_the_layers_by_hand(residual, dense, positions):
    block = layers.DualPathTransformerBlock(
        2, 3, 7, positions=positions, residual=residual, dense=dense
    )
    x = noise(BATCH, CHUNKS, STEPS, FEATURES)
    block.build(x.shape)
    block.set_weights([0.5 * noise(*w.shape, seed=n) for n, w in enumerate(block.weights)])

    def transformed(half, sequences):
        y = sequences + (sines(sequences.shape[1]) if positions else 0)
        y = y.astype("float32")
        for transformer in half.blocks:
            y = transformer(y)
        y = half.last(y)
        assert len(half.dense) == dense
        return half.dense[0](y) if dense else y

    intra = np.stack([transformed(block.intra, x[:, n]) for n in range(CHUNKS)], axis=1)
    middle = numpy(block.intra.normalization(intra)) + (x if residual else 0)
    inter = np.stack([transformed(block.inter, middle[:, :, n]) for n in range(STEPS)], axis=2)
    expected = middle + numpy(block.inter.normalization(inter))
    # float32 through four transformer blocks
    np.testing.assert_allclose(numpy(block(x)), expected, atol=2e-5)


def test_padded_example_of_features():
    """Split in pairs, two blocks, join: a short example beside a long one is what it is alone."""
    x, lengths = keras.Input((None, FEATURES)), keras.Input((), dtype="int32")
    masked = layers.LengthMask()([x, lengths])
    chunks = layers.SplitWindows(4, 2, padding=2, multiple=2)(masked)
    for _ in range(2):
        chunks = layers.DualPathTransformerBlock(1, 2, 5)(chunks)
    network = keras.Model([x, lengths], layers.JoinWindows(2, padding=2)(chunks, like=masked))
    signal = noise(2, 17, FEATURES)
    signal[0, 7:] = 1e3
    (together,) = outputs(network, [signal, np.array([7, 17])])
    (alone,) = outputs(network, [signal[:1, :7], np.array([7])])
    np.testing.assert_allclose(together[:1, :7], alone, atol=1e-5)
    (whole,) = outputs(network, [signal[1:], np.array([17])])
    np.testing.assert_allclose(together[1:], whole, atol=1e-5)


def test_an_input_of_three_axes_is_refused():
    text = r"must have shape \(batch, chunks, chunk_length, features\)\. Received: \(2, 5, 6\)"
    with pytest.raises(ValueError, match=text):
        layers.DualPathTransformerBlock(1, 2, 5)(np.zeros((2, 5, 6)))
