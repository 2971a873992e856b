"""Layers that make and apply masks: what the harness cannot know about them."""

import keras
import numpy as np
import pytest

from keras_sep import layers
from keras_sep.testing import numpy

SHAPE = (2, 3, 5, 2)  # batch, frames, bins, channels


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def pair(*shape, seed=0):
    return noise(*shape, seed=seed), noise(*shape, seed=seed + 100)


def keras_mask(x):
    return getattr(x, "_keras_mask", None)


def test_shapes_that_are_known():
    spectrum, masks = (None, None, 5, 2), (None, None, 5, 2, 7)
    apply = layers.ApplyMask()
    assert apply.compute_output_shape(masks, spectrum) == masks
    assert apply.compute_output_shape(masks, (spectrum, spectrum)) == (masks, masks)
    assert apply.compute_output_shape((2, 3, 5, 7), (2, 3, 5)) == (2, 3, 5, 7)
    assert apply.compute_output_shape((2, 3, 5, 7), (2, 3, 5, 1)) == (2, 3, 5, 1, 7)
    both = layers.ApplyComplexMask().compute_output_shape((masks, masks), (spectrum, spectrum))
    assert both == (masks, masks)
    assert layers.ResidualMask().compute_output_shape(masks) == (None, None, 5, 2, 8)
    assert layers.BoundedComplexMask().compute_output_shape((masks, masks)) == (masks, masks)
    assert layers.MixtureConsistency().compute_output_shape(masks, spectrum) == masks


@pytest.mark.parametrize("kind", ["magnitude", "pair", "learned representation"])
def test_apply_mask_in_a_model_of_unknown_length(kind):
    inner = (13,) if kind == "learned representation" else (5, 2)
    mixture = [keras.Input((None, *inner)) for _ in range(2 if kind == "pair" else 1)]
    masks = keras.Input((None, *inner, 7))
    given = tuple(mixture) if kind == "pair" else mixture[0]
    model = keras.Model([masks, *mixture], layers.ApplyMask()(masks, given))
    for frames in (3, 4):
        x = [noise(2, frames, *inner, seed=n) for n, _ in enumerate(mixture)]
        m = noise(2, frames, *inner, 7, seed=9)
        results = keras.tree.flatten(model([m, *x]))
        for part, result in zip(x, results, strict=True):
            np.testing.assert_allclose(numpy(result), m * part[..., None], rtol=1e-6)


def test_the_mask_of_time_travels_on():
    """It says where time counts, and has nothing to do with the masks of the sources."""
    masks, time = noise(*SHAPE, 7), np.array([[True, True, False], [True, False, False]])
    masked = keras.layers.Masking()(masks)
    masked._keras_mask = keras.ops.array(time)
    for part in layers.ApplyMask()(masked, pair(*SHAPE)):
        np.testing.assert_array_equal(numpy(keras_mask(part)), time)
    single = layers.ApplyMask()(masked, noise(*SHAPE))
    np.testing.assert_array_equal(numpy(keras_mask(single)), time)
    assert keras_mask(layers.ApplyMask()(noise(*SHAPE, 7), noise(*SHAPE))) is None


def test_complex_masks_are_bounded_and_applied():
    outputs, mixture = pair(*SHAPE, 7), pair(*SHAPE, seed=1)
    mask = layers.BoundedComplexMask(bound=1.5)(outputs)
    real, imag = (numpy(x) for x in layers.ApplyComplexMask()(mask, mixture))
    o, y = outputs[0] + 1j * outputs[1], (mixture[0] + 1j * mixture[1])[..., None]
    expected = 1.5 * np.tanh(np.abs(o)) * np.exp(1j * np.angle(o)) * y
    # a few products in float32 of numbers up to five
    np.testing.assert_allclose(real + 1j * imag, expected, rtol=0, atol=1e-5)


def test_bound_must_be_positive():
    with pytest.raises(ValueError, match=r"`bound` must be a positive number\. Received: bound=0"):
        layers.BoundedComplexMask(bound=0)


@pytest.mark.parametrize("by_energy", [False, True])
def test_mixture_consistency_of_spectra_in_a_model(by_energy):
    estimates = [keras.Input((None, 5, 2, 7)) for _ in range(2)]
    mixture = [keras.Input((None, 5, 2)) for _ in range(2)]
    layer = layers.MixtureConsistency(by_energy=by_energy)
    model = keras.Model([*estimates, *mixture], layer(tuple(estimates), tuple(mixture)))
    x, y = pair(*SHAPE, 7), pair(*SHAPE, seed=1)
    for part, whole in zip(model([*x, *y]), y, strict=True):
        np.testing.assert_allclose(numpy(part).sum(-1), whole, atol=1e-5)


def test_mixture_consistency_gives_more_to_the_louder_source():
    estimates = np.stack([noise(2, 31, 1), 10 * noise(2, 31, 1, seed=1)], axis=-1)
    mixture = noise(2, 31, 1, seed=2)
    equal = numpy(layers.MixtureConsistency()(estimates, mixture)) - estimates
    np.testing.assert_allclose(equal[..., 0], equal[..., 1], atol=1e-5)
    louder = numpy(layers.MixtureConsistency(by_energy=True)(estimates, mixture)) - estimates
    ratio = np.sum(estimates[..., 1] ** 2, axis=(1, 2)) / np.sum(estimates[..., 0] ** 2, (1, 2))
    given = np.abs(louder).sum(axis=(1, 2))
    np.testing.assert_allclose(given[:, 1] / given[:, 0], ratio, rtol=1e-4)


def test_mixture_consistency_does_not_count_the_energy_of_padding():
    """Whatever the padding holds; `LengthMask` would have set it to zero."""
    estimates, mixture = pair(2, 31, 1, 3, seed=4), pair(2, 31, 1, seed=5)
    time = np.arange(31) < np.array([[13], [31]])
    padded = tuple(np.where(time[..., None, None], x, [1e3, 0, 0]) for x in estimates)
    padded = tuple(keras.ops.array(x, "float32") for x in padded)
    layer = layers.MixtureConsistency(by_energy=True)
    alone = layer(tuple(x[:1, :13] for x in estimates), tuple(x[:1, :13] for x in mixture))
    for part in padded:
        part._keras_mask = keras.ops.array(time)
    results = layer(padded, mixture)
    for one, result in zip(alone, results, strict=True):
        np.testing.assert_allclose(numpy(result)[:1, :13], numpy(one), rtol=1e-5, atol=1e-5)
        np.testing.assert_array_equal(numpy(keras_mask(result)), time)


def test_mixture_consistency_without_energies_is_causal():
    estimates, mixture = noise(2, 31, 3, 5), noise(2, 31, 3)
    layer = layers.MixtureConsistency()
    before = numpy(layer(estimates, mixture))
    estimates[:, 17:] += 1
    mixture[:, 17:] -= 1
    np.testing.assert_array_equal(numpy(layer(estimates, mixture))[:, :17], before[:, :17])


def test_half_precision_is_only_at_the_output():
    """A loud complex mixture in float32 is not cast down before its product."""
    masks, mixture = pair(*SHAPE, 7), tuple(1e5 * part for part in pair(*SHAPE, seed=1))
    small = tuple(1e-3 * part for part in masks)
    half = layers.ApplyComplexMask(dtype="mixed_float16")(small, mixture)
    exact = layers.ApplyComplexMask()(small, mixture)
    for part, whole in zip(half, exact, strict=True):
        np.testing.assert_array_equal(numpy(part), numpy(whole).astype("float16"))
