"""Mean squared error without the largest errors of a batch, against NumPy's quantile."""

import numpy as np
import pytest

from keras_sep import layers
from keras_sep.losses import TrimmedMSE, WaveformLoss
from keras_sep.testing import numpy, value_and_gradient

SHAPE = (7, 101, 2, 3)  # batch, samples, channels, sources


def signals():
    rng = np.random.default_rng(0)
    target, noise = rng.normal(size=(2, *SHAPE))
    return target, target + rng.uniform(0.1, 2.0, size=(SHAPE[0], 1, 1, SHAPE[3])) * noise


def formula(target, estimate, quantile, whole):
    """(sources,): errors below the quantile of their source's, divided by the number of all."""
    errors = np.moveaxis((target - estimate) ** 2, -1, 0)  # (sources, batch, samples, channels)
    errors = errors.mean(axis=(2, 3)) if whole else errors.reshape(len(errors), -1)
    below = errors < np.quantile(errors, quantile, axis=1, keepdims=True)
    return (errors * below).mean(axis=1)


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("quantile", [0.95, 0.5, 0.1])
def test_is_the_formula(quantile, whole):
    target, estimate = signals()
    wanted = formula(target, estimate, quantile, whole).mean()
    loss = TrimmedMSE(quantile, whole)
    assert float(loss(target, estimate)) == pytest.approx(wanted, rel=1e-5)
    assert wanted < 0.96 * float(WaveformLoss("l2")(target, estimate))


def test_what_is_left_out_has_no_gradient():
    target, estimate = (x.astype("float32") for x in signals())
    _, slope = value_and_gradient(TrimmedMSE(0.8))(target, estimate)
    errors = ((target - estimate) ** 2).mean(axis=(1, 2))
    left_out = errors >= np.quantile(errors, 0.8, axis=0)
    assert left_out.sum() == 2 * SHAPE[3]
    assert (np.abs(slope).max(axis=(1, 2)) == 0).tolist() == left_out.tolist()
    full = 2 * (estimate - target) / target.size
    np.testing.assert_allclose(slope, np.where(left_out[:, None, None], 0, full), rtol=1e-4)


@pytest.mark.parametrize("whole", [True, False])
def test_all_count_where_none_lies_below_the_quantile(whole):
    """A batch of one example, or equal errors."""
    nothing = np.zeros((1 if whole else 7, *SHAPE[1:]))
    assert float(TrimmedMSE(whole=whole)(nothing, nothing + 2.0)) == pytest.approx(4, rel=1e-5)


@pytest.mark.parametrize("whole", [True, False])
def test_padding_has_no_rank(whole):
    target, estimate = signals()
    lengths = np.array([101, 50, 3, 101, 77, 60, 90])
    real = (np.arange(101) < lengths[:, None])[..., None, None]
    padded = np.where(real, estimate, 1e3).astype("float32")
    masked = layers.LengthMask()([padded, lengths])
    each = numpy(TrimmedMSE(0.8, whole, reduction=None)(target, masked))
    errors = [((target - estimate) ** 2)[b, :n] for b, n in enumerate(lengths)]
    wanted = np.zeros((SHAPE[0], SHAPE[3]))
    for s in range(SHAPE[3]):
        of_source = [e[..., s].mean(keepdims=True) if whole else e[..., s] for e in errors]
        limit = np.quantile(np.concatenate([e.ravel() for e in of_source]), 0.8)
        wanted[:, s] = [(e * (e < limit)).mean() for e in of_source]
    np.testing.assert_allclose(each, wanted.mean(axis=1), rtol=1e-4)


@pytest.mark.parametrize("quantile", [1, -0.1, None])
def test_a_quantile_is_a_share(quantile):
    with pytest.raises(ValueError, match=r"`quantile` must be a number in \[0, 1\)"):
        TrimmedMSE(quantile)
