"""Complex ratio masks against complex arithmetic in float64, and their finite edges."""

import numpy as np
import pytest

from keras_sep import ops
from keras_sep.testing import gradient, numpy

SHAPE = (2, 3, 5, 2, 7)  # batch, frames, bins, channels, sources


def pair(*shape, seed=0):
    rng = np.random.default_rng(seed)
    return tuple(rng.normal(size=(2, *shape)).astype("float32"))


def complex_of(parts):
    real, imag = (numpy(part).astype("float64") for part in parts)
    return real + 1j * imag


def test_the_ideal_mask_is_the_quotient():
    stems, mixture = pair(*SHAPE), pair(*SHAPE[:-1], seed=1)
    expected = complex_of(stems) / complex_of(mixture)[..., None]
    # float32's rounding, relative to the size of a mask that has no bound
    error = np.abs(complex_of(ops.ideal_complex_ratio_mask(stems, mixture)) - expected)
    assert (error < 2e-6 * np.abs(expected)).all()


@pytest.mark.parametrize("level", [1e-5, 1.0, 1e6])
def test_the_ideal_mask_makes_the_stems_from_the_mixture(level):
    stems, mixture = (
        tuple(np.float32(level) * part for part in parts)
        for parts in (pair(*SHAPE), pair(*SHAPE[:-1], seed=1))
    )
    again = ops.apply_complex_mask(ops.ideal_complex_ratio_mask(stems, mixture), mixture)
    error = np.abs(complex_of(again) - complex_of(stems))
    assert error.max() < 1e-5 * level


def test_the_ideal_mask_of_a_silent_mixture_is_zero():
    stems, silence = pair(*SHAPE), 2 * (np.zeros(SHAPE[:-1], "float32"),)
    assert not complex_of(ops.ideal_complex_ratio_mask(stems, silence)).any()


def test_the_ideal_mask_of_half_precision_does_not_overflow():
    stems = tuple(part.astype("float16") for part in pair(*SHAPE))
    mixture = tuple(np.full(SHAPE[:-1], 1e-7, "float16") for _ in range(2))
    for part in ops.ideal_complex_ratio_mask(stems, mixture):
        assert np.isfinite(numpy(part)).all()
        assert np.abs(numpy(part)).max() > 65504


LEVELS = [0.0, 1e-30, 1e-18, 1e-12, 1e-8, 1e-4, 1.0, 1e6]


@pytest.mark.parametrize("stem", LEVELS)
@pytest.mark.parametrize("mixture", LEVELS)
def test_gradient_of_the_ideal_mask_is_finite(stem, mixture):
    levels = np.array([[stem, stem], [mixture, mixture]], "float32")[..., None]

    def total(x):
        real, imag = ops.ideal_complex_ratio_mask((x[0, 0], x[0, 1]), (x[1, 0, 0], x[1, 1, 0]))
        return (real + imag)[0]

    value, slope = gradient(total, levels)
    assert np.isfinite(value)
    assert np.isfinite(slope).all()


@pytest.mark.parametrize("bound", [1.0, 2.5])
def test_bounded_mask(bound):
    inputs = pair(*SHAPE)
    z = complex_of(inputs)
    masks = complex_of(ops.bounded_complex_mask(inputs, bound))
    expected = bound * np.tanh(np.abs(z)) * np.exp(1j * np.angle(z))
    # a few roundings in float32
    np.testing.assert_allclose(masks, expected, rtol=0, atol=1e-6 * bound)
    loud = complex_of(ops.bounded_complex_mask([100 * part for part in inputs], bound))
    assert np.abs(loud).max() <= bound * (1 + 1e-6)


@pytest.mark.parametrize("level", LEVELS)
def test_gradient_of_the_bounded_mask(level):
    """Along its own phase the slope is that of tanh; at zero, that of the identity."""

    def real_part(x):
        return ops.bounded_complex_mask((x[0], x[1]), 2.0)[0][0]

    value, slope = gradient(real_part, np.array([[level], [0.0]], "float32"))
    assert value == pytest.approx(2 * np.tanh(level), rel=1e-6)
    # 1 - tanh^2 cancels where tanh is nearly 1
    assert slope[0, 0] == pytest.approx(2 * (1 - np.tanh(level) ** 2), abs=1e-6)
    assert slope[1, 0] == 0


@pytest.mark.parametrize(("bound", "steepness"), [(10.0, 0.1), (3.0, 0.7)])
def test_compression_is_the_formula_and_expansion_its_inverse(bound, steepness):
    inputs = tuple(part / np.float32(steepness) for part in pair(*SHAPE))
    compressed = ops.compress_complex_mask(inputs, bound, steepness)
    again = ops.expand_complex_mask(compressed, bound, steepness)
    for part, squeezed, expanded in zip(inputs, compressed, again, strict=True):
        decay = np.exp(-steepness * part.astype("float64"))
        np.testing.assert_allclose(
            numpy(squeezed), bound * (1 - decay) / (1 + decay), rtol=1e-5, atol=1e-6
        )
        # the inverse is steep near the bound: a rounding of 1e-7 grows tenfold
        np.testing.assert_allclose(numpy(expanded), part, rtol=1e-5, atol=1e-5)


def test_what_lies_at_the_bound_or_beyond_expands_to_the_largest_mask():
    for dtype in ("float32", "float16"):
        x = np.array([-1e4, -10, 10, 1e4], dtype)
        for part in ops.expand_complex_mask((x, x)):
            # arctanh(1 - 1e-6) * 20; float32 rounds 1 - 1e-6 in its seventh digit
            np.testing.assert_allclose(numpy(part), [-145, -145, 145, 145], atol=0.6)


@pytest.mark.parametrize("function", [ops.compress_complex_mask, ops.expand_complex_mask])
@pytest.mark.parametrize("level", [*LEVELS, 10.0])
def test_gradients_of_compression_are_finite(function, level):
    x = np.array([[level, -level], [0.0, level]], "float32")
    value, slope = gradient(lambda x: sum(function((x[0, 0], x[1, 1]))), x)
    assert np.isfinite(value)
    assert np.isfinite(slope).all()
