"""Real and complex masks against products in NumPy."""

import keras
import numpy as np
import pytest

from keras_sep import ops
from keras_sep.testing import numpy

SHAPE = (2, 3, 5, 2)  # batch, frames, bins, channels
SOURCES = 7
# one product in float32
TOLERANCE = {"rtol": 1e-6, "atol": 1e-6}


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def pair(*shape, seed=0):
    return noise(*shape, seed=seed), noise(*shape, seed=seed + 100)


def complex_of(parts):
    real, imag = (numpy(part).astype("float64") for part in parts)
    return real + 1j * imag


def shares(*shape):
    """Masks that sum to one over the last axis."""
    return np.random.default_rng(2).dirichlet(np.ones(SOURCES), size=shape).astype("float32")


@pytest.mark.parametrize("shape", [SHAPE, SHAPE[:3], (5,)])
def test_one_product_a_source(shape):
    """Magnitudes with channels, a learned representation without, and a single axis."""
    masks, mixture = noise(*shape, SOURCES), noise(*shape, seed=1)
    expected = np.stack([masks[..., i] * mixture for i in range(SOURCES)], axis=-1)
    np.testing.assert_allclose(numpy(ops.apply_mask(masks, mixture)), expected, **TOLERANCE)


def test_of_a_pair_every_source_keeps_the_phase_of_the_mixture():
    masks, mixture = np.abs(noise(*SHAPE, SOURCES)), pair(*SHAPE)
    sources = complex_of(ops.apply_mask(masks, mixture))
    z = complex_of(mixture)[..., None]
    np.testing.assert_allclose(np.abs(sources), masks * np.abs(z), **TOLERANCE)
    same = np.broadcast_to(np.angle(z), sources.shape)
    np.testing.assert_allclose(np.angle(sources), same, atol=1e-5)


def test_masks_that_sum_to_one_give_the_mixture_back():
    masks, mixture = shares(*SHAPE), noise(*SHAPE)
    np.testing.assert_allclose(numpy(ops.apply_mask(masks, mixture)).sum(-1), mixture, atol=1e-5)


def test_masks_that_all_channels_share():
    masks, mixture = noise(*SHAPE[:3], SOURCES), noise(*SHAPE, seed=1)
    repeated = np.repeat(masks[..., None, :], SHAPE[-1], axis=-2)
    shared = numpy(ops.apply_mask(masks, mixture))
    np.testing.assert_array_equal(shared, numpy(ops.apply_mask(repeated, mixture)))
    mono = numpy(ops.apply_mask(masks, mixture[..., :1]))
    np.testing.assert_array_equal(mono, shared[..., :1, :])


@pytest.mark.parametrize("axes", [2, 6])
def test_masks_that_do_not_fit(axes):
    with pytest.raises(ValueError, match=r"one of sources at the end\. Received: masks of shape"):
        ops.apply_mask(np.zeros((2,) * axes), np.zeros(SHAPE))


def test_complex_masks():
    masks, mixture = pair(*SHAPE, SOURCES), pair(*SHAPE, seed=1)
    expected = complex_of(masks) * complex_of(mixture)[..., None]
    sources = complex_of(ops.apply_complex_mask(masks, mixture))
    np.testing.assert_allclose(sources, expected, rtol=0, atol=3e-6)


def test_real_masks_are_complex_masks_without_imaginary_part():
    masks, mixture = noise(*SHAPE, SOURCES), pair(*SHAPE)
    as_complex = ops.apply_complex_mask((masks, np.zeros_like(masks)), mixture)
    for real, also_real in zip(ops.apply_mask(masks, mixture), as_complex, strict=True):
        np.testing.assert_array_equal(numpy(real), numpy(also_real))


def test_in_a_model_without_layers():
    masks, mixture = keras.Input((None, 5, 2, 7)), keras.Input((None, 5, 2))
    model = keras.Model([masks, mixture], ops.apply_mask(masks, mixture))
    inputs = shares(*SHAPE), noise(*SHAPE)
    expected = inputs[0] * inputs[1][..., None]
    np.testing.assert_allclose(numpy(model(inputs)), expected, **TOLERANCE)
