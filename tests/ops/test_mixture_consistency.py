"""Estimates that sum to the mixture, against the projection in float64."""

import keras
import numpy as np
import pytest

from keras_sep import ops
from keras_sep.testing import gradient, numpy

SHAPE = (2, 31, 3, 5)  # batch, samples, channels, sources


def signals(*shape, seed=0):
    rng = np.random.default_rng(seed)
    loudness = np.geomspace(0.1, 3, shape[-1])
    estimates = (loudness * rng.normal(size=shape)).astype("float32")
    return estimates, rng.normal(size=shape[:-1]).astype("float32")


def test_equal_shares_are_the_nearest_signals_that_sum_to_the_mixture():
    """The least-squares step onto the plane of all signals with that sum."""
    estimates, mixture = signals(*SHAPE)
    x, y = estimates.astype("float64").reshape(-1, 5), mixture.astype("float64").reshape(-1)
    step = np.linalg.lstsq(np.ones((1, 5)), (y - x.sum(-1))[None], rcond=None)[0].T
    result = numpy(ops.mixture_consistency(estimates, mixture))
    np.testing.assert_allclose(result, (x + step).reshape(SHAPE), rtol=0, atol=2e-6)


def test_weights_by_energy():
    estimates, mixture = signals(*SHAPE)
    x = estimates.astype("float64")
    energy = np.mean(x**2, axis=(1, 2))
    shares = (energy / energy.sum(-1, keepdims=True))[:, None, None, :]
    result = numpy(ops.energy_shares(estimates))
    np.testing.assert_allclose(result, shares, rtol=1e-5)
    expected = x + shares * (mixture - x.sum(-1))[..., None]
    consistent = numpy(ops.mixture_consistency(estimates, mixture, result))
    np.testing.assert_allclose(consistent, expected, rtol=0, atol=2e-6)


def test_as_many_samples_as_sources():
    """`keras.ops.add` on TensorFlow would mistake one axis for the other."""
    estimates, mixture = signals(1, 5, 1, 5)
    expected = estimates + (mixture - estimates.sum(-1))[..., None] / 5
    result = numpy(ops.mixture_consistency(estimates, mixture))
    np.testing.assert_allclose(result, expected, rtol=0, atol=2e-6)


@pytest.mark.parametrize("level", [1e-12, 1.0, 1e6])
@pytest.mark.parametrize("by_energy", [False, True])
def test_the_sources_sum_to_the_mixture(by_energy, level):
    estimates, mixture = (np.float32(level) * x for x in signals(*SHAPE))
    weights = ops.energy_shares(estimates) if by_energy else None
    total = numpy(ops.mixture_consistency(estimates, mixture, weights)).sum(-1)
    np.testing.assert_allclose(total, mixture, rtol=0, atol=3e-6 * level)


def test_consistent_estimates_stay_as_they_are():
    estimates, _ = signals(*SHAPE)
    again = numpy(ops.mixture_consistency(estimates, estimates.sum(-1)))
    np.testing.assert_allclose(again, estimates, rtol=0, atol=2e-6)


def test_pairs_of_spectra():
    shape = (2, 7, 3, 2, 5)
    estimates, mixture = zip(signals(*shape), signals(*shape, seed=1), strict=True)
    shares = ops.energy_shares(estimates)
    power = np.mean(estimates[0] ** 2 + estimates[1] ** 2, axis=(1, 2, 3), dtype="float64")
    expected = (power / power.sum(-1, keepdims=True)).reshape(2, 1, 1, 1, 5)
    np.testing.assert_allclose(numpy(shares), expected, rtol=1e-5)
    result = ops.mixture_consistency(estimates, mixture, shares)
    for part, whole in zip(result, mixture, strict=True):
        np.testing.assert_allclose(numpy(part).sum(-1), whole, rtol=0, atol=5e-6)


def test_padding_has_no_energy():
    estimates, _ = signals(*SHAPE)
    padded = estimates.copy()
    padded[0, 13:] = 1e3
    mask = np.arange(SHAPE[1]) < np.array([[13], [SHAPE[1]]])
    shares = numpy(ops.energy_shares(padded, mask))
    alone = numpy(ops.energy_shares(estimates[:1, :13]))
    np.testing.assert_allclose(shares[:1], alone, rtol=1e-6)
    np.testing.assert_allclose(shares[1:], numpy(ops.energy_shares(estimates[1:])), rtol=1e-6)


def test_silent_sources_have_equal_shares():
    shares = numpy(ops.energy_shares(np.zeros(SHAPE, "float32")))
    np.testing.assert_allclose(shares, np.full((2, 1, 1, 5), 0.2), rtol=1e-6)


@pytest.mark.parametrize("level", [0.0, 1e-18, 1e-12, 1e-9, 1.0, 1e6])
@pytest.mark.parametrize("mixture_level", [0.0, 1e-12, 1.0, 1e6])
def test_gradient_is_finite(level, mixture_level):
    estimates, mixture = signals(*SHAPE)
    estimates, mixture = np.float32(level) * estimates, np.float32(mixture_level) * mixture

    def loudest(x):
        consistent = ops.mixture_consistency(x, mixture, ops.energy_shares(x))
        return keras.ops.sum(keras.ops.square(consistent[..., -1]))

    value, slope = gradient(loudest, estimates)
    assert np.isfinite(value)
    assert np.isfinite(slope).all()


def test_order_of_sources_is_kept():
    estimates, mixture = signals(*SHAPE)
    shares = ops.energy_shares(estimates)
    result = numpy(ops.mixture_consistency(estimates, mixture, shares))
    backwards = estimates[..., ::-1].copy()
    again = numpy(ops.mixture_consistency(backwards, mixture, ops.energy_shares(backwards)))
    np.testing.assert_allclose(again[..., ::-1], result, rtol=0, atol=1e-6)
