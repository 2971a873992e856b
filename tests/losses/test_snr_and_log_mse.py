"""SNR, with and without a limit, and log-MSE against their formulas in float64."""

import numpy as np
import pytest

from keras_sep import losses
from keras_sep.testing import numpy, value_and_gradient

SHAPE = (3, 401, 2, 5)  # batch, samples, channels, sources


def signals(noise_db):
    rng = np.random.default_rng(0)
    target, noise = rng.normal(size=(2, *SHAPE)) + 0.3
    target *= rng.uniform(0.1, 3.0, size=(SHAPE[0], 1, *SHAPE[2:]))
    return target, target + 10 ** (noise_db / 20) * noise


@pytest.mark.parametrize("noise_db", [20.0, 0.0, -20.0, -50.0])
@pytest.mark.parametrize("limit_db", [None, 30.0, 10.0])
def test_snr_is_the_formula(noise_db, limit_db):
    """Wisdom et al. 2020, equation 2; mean over channels and sources."""
    y, estimate = signals(noise_db)
    tau = 0.0 if limit_db is None else 10 ** (-limit_db / 10)
    energy = (y**2).sum(1)
    ratio = energy / (((y - estimate) ** 2).sum(1) + tau * energy)
    wanted = -10 * np.log10(ratio).mean(axis=(1, 2))
    each = numpy(losses.SNR(limit_db, silence_db=None, reduction=None)(y, estimate))
    # the added -120 dB is 3e-6 dB beside noise of -62 dB; the rest is float32's rounding of
    # estimates 50 dB larger than what is left of them
    np.testing.assert_allclose(each, wanted, atol=1e-3)


@pytest.mark.parametrize("noise_db", [20.0, 0.0, -50.0])
def test_log_mse_is_the_formula(noise_db):
    y, estimate = signals(noise_db)
    wanted = 10 * np.log10(((y - estimate) ** 2).mean(1)).mean(axis=(1, 2))
    each = numpy(losses.LogMSE(reduction=None)(y, estimate))
    np.testing.assert_allclose(each, wanted, atol=1e-3)  # for the same reasons


def test_log_mse_is_the_negative_snr_up_to_the_targets_level():
    y, estimate = (x.astype("float32") for x in signals(-10.0))
    _, of_log_mse = value_and_gradient(losses.LogMSE())(y, estimate)
    _, of_snr = value_and_gradient(losses.SNR())(y, estimate)
    np.testing.assert_allclose(of_log_mse, of_snr, rtol=1e-5)
    assert np.abs(of_snr).max() > 1e-4


def test_snr_minds_the_level_and_the_limit_is_reached():
    y, _ = signals(0.0)
    loss = losses.SNR()
    assert float(loss(y, y / 2)) == pytest.approx(10 * np.log10(0.25), abs=1e-4)
    assert float(losses.SISDR()(y, y / 2)) < -79
    assert float(losses.SNR(limit_db=20.0)(y, y)) == pytest.approx(-20, abs=1e-3)


def test_ends_at_silence():
    silence, y = np.zeros(SHAPE, "float32"), np.ones(SHAPE, "float32")
    assert float(losses.LogMSE()(y, y)) == pytest.approx(-120, abs=1e-3)
    assert float(losses.SNR()(y, y)) == pytest.approx(-120, abs=1e-3)
    assert float(losses.SNR()(silence, silence)) == 0
    # what is heard instead of silence still has a gradient that makes it softer
    for silence_db, wanted in ((None, 80), (30.0, 30)):
        loss = losses.SNR(limit_db=30.0, silence_db=silence_db)
        value, slope = value_and_gradient(loss)(silence, 1e-2 * y)
        assert value == pytest.approx(wanted, abs=5e-3)
        assert (slope > 0).all()


@pytest.mark.fault
def test_a_silent_target_counts_as_the_rest_of_its_batch_less_30_db():
    y, estimate = signals(-10.0)
    estimate[1] -= y[1]
    y[1] = 0
    each = numpy(losses.SNR(reduction=None)(y, estimate))
    power, noise = (y**2).mean(1), ((y - estimate) ** 2).mean(1)  # (batch, channels, sources)
    wanted = 10 * np.log10(noise / np.maximum(power, 1e-3 * power.mean())).mean(axis=(1, 2))
    np.testing.assert_allclose(each, wanted, atol=1e-3)
    exact = numpy(losses.SNR(silence_db=None, reduction=None)(y, estimate))
    np.testing.assert_allclose(each[[0, 2]], exact[[0, 2]], atol=1e-4)
    assert exact[1] > 100 > 30 > each[1]


def test_silence_is_a_number_of_decibels():
    with pytest.raises(ValueError, match=r"`silence_db` must be .*, or None\. Received: .*=-1"):
        losses.SNR(silence_db=-1)


def test_a_limit_is_positive():
    with pytest.raises(ValueError, match=r"`limit_db` must be a positive number.*: limit_db=-30"):
        losses.SNR(limit_db=-30)
