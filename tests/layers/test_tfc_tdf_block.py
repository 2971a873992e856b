"""The block of TFC-TDF networks against the formula in float64."""

import math

import keras
import numpy as np
import pytest

from keras_sep import layers
from keras_sep.testing import numpy

FRAMES, BINS, CHANNELS, FILTERS = 7, 11, 3, 5
erf = np.vectorize(math.erf)
ACTIVATIONS = {
    "gelu": lambda x: x / 2 * (1 + erf(x / np.sqrt(2))),
    "relu": lambda x: np.maximum(x, 0),
}


def by_hand(block, x, activation):
    weights = {weight.path.partition("/")[2]: numpy(weight) for weight in block.weights}

    def activated(x, name):
        x = (x - x.mean((1, 2), keepdims=True)) / np.sqrt(x.var((1, 2), keepdims=True) + 1e-5)
        return activation(x * weights[f"{name}/gamma"] + weights[f"{name}/beta"])

    def convolved(x, name):
        kernel = weights[f"{name}/kernel"]
        x = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
        places = [(i, j) for i in range(3) for j in range(3)]
        return sum(x[:, i : i + FRAMES, j : j + BINS] @ kernel[i, j] for i, j in places)

    y = convolved(activated(x, "norm_1"), "conv_1")
    z = np.einsum("gf,btfc->btgc", weights["narrow"], activated(y, "norm_narrow"))
    y = y + np.einsum("fg,btgc->btfc", weights["wide"], activated(z, "norm_wide"))
    return convolved(activated(y, "norm_2"), "conv_2") + x @ weights["shortcut"]


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("batch", [1, 2])
def test_block(name, batch):
    rng = np.random.default_rng(0)
    block = layers.TFCTDFBlock(FILTERS, bottleneck=3, activation=name)
    x = rng.normal(1.0, 2.0, size=(batch, FRAMES, BINS, CHANNELS)).astype("float32")
    block.build(x.shape)
    for weight in block.weights:
        weight.assign(rng.normal(size=weight.shape))
    wanted = by_hand(block, x.astype("float64"), ACTIVATIONS[name])
    # float32 through two convolutions of sums of some dozens
    np.testing.assert_allclose(numpy(block(x)), wanted, atol=1e-5 * np.abs(wanted).max())


def test_another_normalisation_is_copied():
    block = layers.TFCTDFBlock(FILTERS, normalization=keras.layers.BatchNormalization(epsilon=0.1))
    norms = [block.norm_1, block.norm_narrow, block.norm_wide, block.norm_2]
    assert [type(norm) for norm in norms] == [keras.layers.BatchNormalization] * 4
    assert {norm.epsilon for norm in norms} == {0.1}
    x = np.random.default_rng(0).normal(size=(2, FRAMES, BINS, CHANNELS)).astype("float32")
    again = layers.TFCTDFBlock.from_config(block.get_config())
    block(x), again.build(x.shape)
    again.set_weights(block.get_weights())
    np.testing.assert_array_equal(numpy(block(x)), numpy(again(x)))


def test_sizes_that_do_not_fit():
    with pytest.raises(ValueError, match=r"`kernel_size` must be odd\. Received: kernel_size=2"):
        layers.TFCTDFBlock(3, kernel_size=2)
    with pytest.raises(ValueError, match=r"at least `bottleneck`, 4\. Received: .*\(1, 5, 3, 2\)"):
        layers.TFCTDFBlock(3).build((1, 5, 3, 2))
