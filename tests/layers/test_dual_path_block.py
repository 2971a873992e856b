"""The dual-path block beside the same recurrent layers one example and one chunk at a time."""

import keras
import numpy as np
import pytest

from keras_sep import layers
from keras_sep.testing import outputs

BATCH, CHUNKS, STEPS, FEATURES, UNITS = 2, 3, 5, 11, 7
numpy = keras.ops.convert_to_numpy


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def normalised(x, layer):
    """Every example by its own mean and variance over all but the batch, float64."""
    x = x.astype("float64")
    centred = x - x.mean(axis=(1, 2, 3), keepdims=True)
    scaled = centred / np.sqrt(np.square(centred).mean(axis=(1, 2, 3), keepdims=True) + 1e-8)
    return scaled * numpy(layer.gamma) + numpy(layer.beta)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_equals_the_layers_by_hand(bidirectional, cell):
    block = layers.DualPathBlock(UNITS, bidirectional, cell)
    x = noise(BATCH, CHUNKS, STEPS, FEATURES)
    block.build(x.shape)
    block.set_weights([0.5 * noise(*w.shape, seed=n) for n, w in enumerate(block.weights)])

    def half(recurrent, dense, sequences):
        """A recurrent layer, frames first, and its dense layer, the batch first."""
        x = recurrent(np.swapaxes(sequences, 0, 1))
        return np.swapaxes(numpy(dense(x)), 0, 1)

    intra = np.zeros_like(x)
    for chunk in range(CHUNKS):
        intra[:, chunk] = half(block.intra_recurrent, block.intra_dense, x[:, chunk])
    middle = x + normalised(intra, block.intra_normalization)
    inter = np.zeros_like(x)
    for step in range(STEPS):
        sequence = middle[:, :, step].astype("float32")
        inter[:, :, step] = half(block.inter_recurrent, block.inter_dense, sequence)
    expected = middle + normalised(inter, block.inter_normalization)
    # float32 through two recurrences and two normalisations
    np.testing.assert_allclose(numpy(block(x)), expected, atol=2e-5)
    assert block.inter_recurrent.bidirectional == bidirectional
    assert block.intra_recurrent.bidirectional
    assert block.inter_dense.kernel.shape[0] == UNITS * (2 if bidirectional else 1)


def test_normalised_first():
    """The block of a band-split RNN: each half adds what comes of its normalised input."""
    norm = keras.layers.LayerNormalization(epsilon=1e-5)
    block = layers.DualPathBlock(UNITS, cell="gru", normalization=norm, norm_first=True)
    x = noise(BATCH, CHUNKS, STEPS, FEATURES)
    block.build(x.shape)
    block.set_weights([0.5 * noise(*w.shape, seed=n) for n, w in enumerate(block.weights)])
    middle = x.copy()
    for chunk in range(CHUNKS):
        frames = np.swapaxes(numpy(block.intra_normalization(x[:, chunk])), 0, 1)
        half = numpy(block.intra_dense(block.intra_recurrent(frames)))
        middle[:, chunk] += np.swapaxes(half, 0, 1)
    expected = middle.copy()
    for step in range(STEPS):
        bands = np.swapaxes(numpy(block.inter_normalization(middle[:, :, step])), 0, 1)
        half = numpy(block.inter_dense(block.inter_recurrent(bands)))
        expected[:, :, step] += np.swapaxes(half, 0, 1)
    # float32 through two recurrences
    np.testing.assert_allclose(numpy(block(x)), expected, atol=2e-5)


def test_padded_example_of_features():
    """Split, two blocks, join: a short example beside a long one is what it is alone."""
    x, lengths = keras.Input((None, FEATURES)), keras.Input((), dtype="int32")
    masked = layers.LengthMask()([x, lengths])
    chunks = layers.SplitWindows(4, 2, padding=4)(masked)
    for _ in range(2):
        chunks = layers.DualPathBlock(UNITS)(chunks)
    network = keras.Model([x, lengths], layers.JoinWindows(2, padding=4)(chunks, like=masked))
    signal = noise(2, 17, FEATURES)
    signal[0, 7:] = 1e3
    (together,) = outputs(network, [signal, np.array([7, 17])])
    (alone,) = outputs(network, [signal[:1, :7], np.array([7])])
    np.testing.assert_allclose(together[:1, :7], alone, atol=1e-5)
    (whole,) = outputs(network, [signal[1:], np.array([17])])
    np.testing.assert_allclose(together[1:], whole, atol=1e-5)


def test_layers_and_normalisation_are_those_given():
    norm = keras.layers.LayerNormalization(epsilon=1e-3)
    block = layers.DualPathBlock(UNITS, normalization=norm, layers=2, dropout=0.5)
    for stack in (block.intra_recurrent, block.inter_recurrent):
        assert stack.layers == 2
    x = noise(BATCH, CHUNKS, STEPS, FEATURES)
    block.build(x.shape)
    for copy in (block.intra_normalization, block.inter_normalization):
        assert copy is not norm
        assert isinstance(copy, keras.layers.LayerNormalization)
        assert copy.epsilon == 1e-3
    assert np.abs(numpy(block(x, training=True)) - numpy(block(x))).max() > 1e-3


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: layers.DualPathBlock(0), "`units` must be a positive integer. Received: units=0"),
        (
            lambda: layers.DualPathBlock(3, norm_first="no"),
            "`norm_first` must be True or False. Received: norm_first='no'",
        ),
        (
            lambda: layers.DualPathBlock(3, normalization="gLN"),
            "`normalization` must be a Keras layer. Received: normalization='gLN'",
        ),
        (
            lambda: layers.DualPathBlock(3)(np.zeros((2, 5, 3))),
            "The input of DualPathBlock must have shape (batch, chunks, chunk_length, features). "
            "Received: (2, 5, 3)",
        ),
    ],
)
def test_bad_arguments(make, text):
    with pytest.raises(ValueError) as error:
        make()
    assert str(error.value) == text
