"""Ideal binary, Wiener-like and residual masks against the papers' formulas in float64."""

import keras
import numpy as np
import pytest

from keras_sep import ops
from keras_sep.testing import gradient, numpy

SHAPE = (2, 3, 5, 2, 7)  # batch, frames, bins, channels, sources
MASKS = [ops.ideal_binary_mask, ops.wiener_like_mask]


@pytest.fixture
def stems():
    rng = np.random.default_rng(0)
    return rng.normal(size=SHAPE) + 1j * rng.normal(size=SHAPE)


def pair(z):
    return z.real.astype("float32"), z.imag.astype("float32")


def test_wiener_like_mask(stems):
    power = np.abs(stems) ** 2
    expected = power / power.sum(-1, keepdims=True)
    np.testing.assert_allclose(numpy(ops.wiener_like_mask(pair(stems))), expected, rtol=3e-6)


def test_binary_mask_of_two_sources_is_one_where_target_exceeds_interference(stems):
    target, interference = np.abs(stems[..., 0]), np.abs(stems[..., 1])
    masks = numpy(ops.ideal_binary_mask(pair(stems[..., :2])))
    np.testing.assert_array_equal(masks[..., 0], target > interference)
    np.testing.assert_array_equal(masks[..., 1], target < interference)


def test_binary_mask_of_many_sources(stems):
    """As nussl has it: one where a source is as loud as the loudest."""
    magnitudes = np.abs(stems)
    expected = magnitudes == magnitudes.max(-1, keepdims=True)
    np.testing.assert_array_equal(numpy(ops.ideal_binary_mask(pair(stems))), expected)


def test_of_equally_loud_sources_the_first_has_the_bin():
    stems = np.array([[0, 2j, -2, 2], [1, 0, 0, 1j], [0, 0, 0, 0]])
    masks = numpy(ops.ideal_binary_mask(pair(stems)))
    np.testing.assert_array_equal(masks, [[0, 1, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]])


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("level", [0.0, 1e-5, 1.0, 1e6])
def test_masks_sum_to_one_and_the_level_does_not_matter(mask, level, stems):
    stems[0, 1] = 0
    masks = numpy(mask(pair(level * stems)))
    np.testing.assert_allclose(masks.sum(-1), 1, atol=1e-6)
    if level:
        np.testing.assert_allclose(masks, numpy(mask(pair(stems))), atol=1e-6)


@pytest.mark.parametrize("mask", MASKS)
def test_masks_of_half_precision_are_computed_in_float32(mask, stems):
    """The square of 500 overflows float16."""
    half = tuple((500 * part).astype("float16") for part in pair(stems))
    masks = mask(half)
    assert keras.backend.standardize_dtype(masks.dtype) == "float16"
    exact = numpy(mask(tuple(part.astype("float32") for part in half)))
    np.testing.assert_allclose(numpy(masks), exact, atol=1e-3)


def test_silence_is_shared_equally_by_wiener_like_masks():
    silence = pair(np.zeros(SHAPE, complex))
    np.testing.assert_allclose(numpy(ops.wiener_like_mask(silence)), 1 / 7, rtol=1e-6)


@pytest.mark.parametrize("mask", MASKS)
def test_order_of_sources_is_kept(mask, stems):
    backwards = numpy(mask(pair(stems[..., ::-1])))
    np.testing.assert_allclose(backwards[..., ::-1], numpy(mask(pair(stems))), rtol=1e-6)


@pytest.mark.parametrize("level", [0.0, 1e-30, 1e-18, 1e-12, 1.0, 1e6])
def test_gradient_of_the_wiener_like_mask_is_finite(level):
    x = level * np.random.default_rng(1).normal(size=(2, 3, 5)).astype("float32")
    _, slope = gradient(lambda x: keras.ops.sum(ops.wiener_like_mask((x[0], x[1]))[..., 0]), x)
    assert np.isfinite(slope).all()


def test_residual_mask():
    masks = np.array([[0.1, 0.3, 0.2], [0.9, 0.0, 0.8], [0.0, 0.0, 0.0]], "float32")
    result = numpy(ops.residual_mask(masks))
    np.testing.assert_array_equal(result[:, :3], masks)
    np.testing.assert_allclose(result[:, 3], [0.4, 0, 1], atol=1e-7)


def test_with_a_residual_masks_below_one_give_the_mixture_back():
    rng = np.random.default_rng(0)
    masks = rng.dirichlet(np.ones(4), size=SHAPE[:-1])[..., :3].astype("float32")
    mixture = rng.normal(size=SHAPE[:-1]).astype("float32")
    sources = numpy(ops.apply_mask(ops.residual_mask(masks), mixture))
    np.testing.assert_allclose(sources.sum(-1), mixture, atol=1e-6)
