"""The ratio mask against Spleeter's formula in float64."""

import keras
import numpy as np
import pytest

from keras_sep import layers, ops
from keras_sep.testing import gradient, numpy

SHAPE = (2, 3, 13, 2)


@pytest.fixture
def inputs():
    rng = np.random.default_rng(0)
    estimates = rng.gamma(1, 1, (*SHAPE, 3)).astype("float32")
    estimates[0, 1] = 0
    return estimates, tuple(rng.normal(size=SHAPE).astype("float32") for _ in range(2))


def formula(estimates, exponent):
    powers = estimates.astype("float64") ** exponent
    return (powers + 1e-10 / 3) / (powers.sum(-1, keepdims=True) + 1e-10)


@pytest.mark.parametrize("exponent", [0.5, 1, 2, 3.7])
def test_masks(inputs, exponent):
    masks = numpy(ops.ratio_mask(inputs[0], exponent))
    np.testing.assert_allclose(masks, formula(inputs[0], exponent), atol=2e-6)
    np.testing.assert_allclose(masks.sum(-1), 1, atol=1e-6)


@pytest.mark.parametrize("exponent", [0.5, 1, 2, 8])
@pytest.mark.parametrize("level", [0.0, 1e-30, 1.0, 4096.0])
def test_masks_and_their_gradients_are_finite(inputs, exponent, level):
    x = level * inputs[0]
    assert np.isfinite(numpy(ops.ratio_mask(x, exponent))).all()
    _, slope = gradient(lambda x: keras.ops.sum(ops.ratio_mask(x, exponent)[..., 0]), x)
    assert np.isfinite(slope).all()


@pytest.mark.parametrize("extension", ["zeros", "average"])
def test_bins_above_the_band(inputs, extension):
    estimates, mixture = inputs
    layer = layers.RatioMask(2, bandwidth_bins=7, extension=extension)
    layer = layers.RatioMask.from_config(layer.get_config())
    masks = formula(estimates, 2)[:, :, :7]
    above = masks.mean(axis=2, keepdims=True) * (extension == "average")
    masks = np.concatenate([masks, np.repeat(above, 6, axis=2)], axis=2)
    for stems, part in zip(layer(estimates, mixture), mixture, strict=True):
        np.testing.assert_allclose(numpy(stems), masks * part[..., None], atol=3e-6)


def test_stems_sum_to_the_mixture(inputs):
    for stems, part in zip(layers.RatioMask()(*inputs), inputs[1], strict=True):
        np.testing.assert_allclose(numpy(stems).sum(-1), part, atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"exponent": 0}, "`exponent` must be a positive number. Received: exponent=0"),
        ({"exponent": 9}, "`exponent` must be at most 4. Received: exponent=9"),
        ({"bandwidth_bins": 0}, "`bandwidth_bins` must be a positive integer"),
        ({"extension": "ones"}, 'must be "zeros" or "average". Received: extension=\'ones\''),
    ],
)
def test_errors(arguments, text):
    with pytest.raises(ValueError) as error:
        layers.RatioMask(**arguments)
    assert text in str(error.value)
