"""L1-SNR and RMSE of waveforms, and sums of losses, against their formulas in float64."""

import keras
import numpy as np
import pytest

import keras_sep
from keras_sep.losses import L1SNR, RMSE, SISDR, SumOfLosses, WaveformLoss
from keras_sep.testing import numpy, value_and_gradient

SHAPE = (3, 401, 2, 5)  # batch, samples, channels, sources


def signals():
    rng = np.random.default_rng(0)
    target, noise = rng.normal(size=(2, *SHAPE)) + 0.3
    target *= rng.uniform(0.01, 3.0, size=(SHAPE[0], 1, *SHAPE[2:]))
    return target, target + 0.4 * noise


@pytest.mark.parametrize("epsilon", [1e-3, 1e-6])
def test_l1_snr_is_the_formula(epsilon):
    target, estimate = signals()
    error, signal = (np.abs(x).mean((1, 2)) for x in (estimate - target, target))
    wanted = 10 * np.log10((error + epsilon) / (signal + epsilon)).mean(1)
    each = numpy(L1SNR(epsilon, reduction=None)(target, estimate))
    np.testing.assert_allclose(each, wanted, atol=1e-4)


def test_rmse_is_the_formula():
    target, estimate = signals()
    wanted = np.sqrt(((estimate - target) ** 2).mean((1, 2))).mean(1)
    np.testing.assert_allclose(numpy(RMSE(reduction=None)(target, estimate)), wanted, rtol=1e-5)


def test_signals_without_channels_and_sources():
    target, estimate = (x[..., 0, 0] for x in signals())
    for loss in (L1SNR(), RMSE()):
        given, spelt = loss(target, estimate), loss(target[:, :, None], estimate[:, :, None])
        assert float(given) == pytest.approx(float(spelt))


def test_ends_at_silence():
    silence, y = np.zeros(SHAPE, "float32"), np.ones(SHAPE, "float32")
    assert float(L1SNR()(silence, silence)) == 0
    assert float(L1SNR()(y, y)) == pytest.approx(10 * np.log10(1e-3 / 1.001), abs=1e-4)
    value, slope = value_and_gradient(L1SNR())(silence, 1e-2 * y)
    assert value == pytest.approx(10 * np.log10(11), abs=1e-4)
    assert (slope > 0).all()
    value, slope = value_and_gradient(RMSE())(y, y)
    assert value == pytest.approx(0, abs=1e-12)
    assert (slope == 0).all()


def test_epsilon_is_positive():
    with pytest.raises(ValueError, match=r"`epsilon` must be a positive number.*epsilon=0"):
        L1SNR(0)


def test_a_sum_is_the_sum():
    """Of ours and of Keras's, of padded examples too."""
    target, estimate = (x.astype("float32") for x in signals())
    square = keras.losses.MeanSquaredError()
    loss = SumOfLosses([WaveformLoss("l1"), square, L1SNR()], [1.0, 0.5, 0.1], reduction=None)
    lengths = np.array([401, 100, 7])
    masked = keras_sep.layers.LengthMask()([estimate, lengths])
    for b, (length, value) in enumerate(zip(lengths, numpy(loss(target, masked)), strict=True)):
        y, x = (a[b : b + 1, :length].astype("float64") for a in (target, estimate))
        ratio = (np.abs(x - y).mean((1, 2)) + 1e-3) / (np.abs(y).mean((1, 2)) + 1e-3)
        wanted = np.abs(x - y).mean() + 0.5 * ((x - y) ** 2).mean() + np.log10(ratio).mean()
        assert value == pytest.approx(wanted, rel=1e-4)


def test_a_sum_says_what_its_losses_say():
    loss = SumOfLosses([SISDR(), keras.losses.MeanSquaredError()])
    assert (loss.compares, loss.targets, loss.least_axes) == ("waveforms", (), 2)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert [type(each) for each in again.losses] == [SISDR, keras.losses.MeanSquaredError]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([],), r"`losses` must be a list of Keras losses\. Received: losses=\[\]"),
        ((SISDR(),), r"`losses` must be a list of Keras losses"),
        (([SISDR(), "mse"],), r"`losses\[1\]` must be a Keras loss object.*'mse'"),
        (([SISDR()], [1, 2]), r"`weights` must have one entry per loss, 1\. Received: \[1, 2\]"),
        (([SISDR()], 3), r"`weights` must have one entry per loss, 1\. Received: 3"),
        (([SISDR()], [-1]), r"`weights\[0\]` must be a non-negative number"),
        (
            ([SISDR(), keras_sep.losses.SpectrogramLoss()],),
            r"`losses` must all have the same `compares`\. Received: waveforms and magnitudes",
        ),
    ],
)
def test_what_makes_no_sum(arguments, message):
    with pytest.raises(ValueError, match=message):
        SumOfLosses(*arguments)
