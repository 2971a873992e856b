"""Losses of complex spectra against their formulas in float64, written plainly."""

import numpy as np
import pytest
import scipy.signal

import keras_sep
from keras_sep.losses import L1SNR, RMSE, ComplexSTFTLoss, WaveformLoss
from keras_sep.testing import numpy, value_and_gradient

SHAPE = (2, 2027, 2, 3)  # batch, samples, channels, sources
SMALL = ((20, 13), (7, 5), (32, 16))


def window_of(name, frame_length):
    if name == "sqrt_hann":
        return np.sqrt(window_of("hann", frame_length))
    return scipy.signal.get_window(name, frame_length)


def spectrum(x, frame_length, hop_length, fft_length, window="hann"):
    """Of one signal, zero beyond its ends; every hop-th sample in the middle of a transform."""
    left = (fft_length - frame_length) // 2
    window = np.pad(window_of(window, frame_length), (left, fft_length - frame_length - left))
    around = np.pad(x, fft_length // 2)
    starts = range(0, len(x) + 1, hop_length)
    return np.array([np.fft.rfft(around[t : t + fft_length] * window) for t in starts])


def signals(samples=SHAPE[1]):
    target, noise = np.random.default_rng(0).normal(size=(2, SHAPE[0], samples, *SHAPE[2:]))
    return target, 0.7 * target + 0.5 * noise


def everywhere(of):
    """A function of one signal for every example, channel and source: (batch, channels, ...)."""
    return lambda x: np.array(
        [
            [[of(x[b, :, c, s]) for s in range(x.shape[3])] for c in range(x.shape[2])]
            for b in range(x.shape[0])
        ]
    )


@pytest.mark.parametrize(
    "sizes",
    [SMALL, ((4096, 2048, 1024, 512, 256), (147,) * 5, (4096, 2048, 2048, 2048, 2048))],
)
def test_mean_magnitude_of_the_difference(sizes):
    target, estimate = signals()
    wanted = sum(
        np.abs(everywhere(lambda x, each=each: spectrum(x, *each))(target - estimate)).mean(
            axis=(1, 2, 3, 4)
        )
        for each in zip(*sizes, strict=True)
    )
    each = numpy(ComplexSTFTLoss(*sizes, reduction=None)(target, estimate))
    np.testing.assert_allclose(each, wanted, rtol=1e-5)


@pytest.mark.parametrize("window", ["hann", "sqrt_hann", "rectangular"])
@pytest.mark.parametrize("normalized", [False, True])
@pytest.mark.parametrize("inner", ["L1SNR", "RMSE"])
def test_another_loss_is_asked_about_real_and_imaginary_parts(inner, window, normalized):
    target, estimate = signals()
    parts = []
    for x in (target, estimate):
        pair = everywhere(lambda one: spectrum(one, 61, 17, 64, window))(x)
        pair = pair / (np.linalg.norm(window_of(window, 61)) if normalized else 1)
        parts.append(np.stack([pair.real, pair.imag], axis=-1).transpose(0, 1, 3, 4, 5, 2))
    error, rest = parts[1] - parts[0], (1, 2, 3, 4)
    wanted = {
        "L1SNR": 10 * np.log10((np.abs(error).mean(rest) + 1e-3)
                               / (np.abs(parts[0]).mean(rest) + 1e-3)).mean(1),
        "RMSE": np.sqrt((error**2).mean(rest)).mean(1),
    }  # fmt: skip
    asked = {"L1SNR": L1SNR, "RMSE": RMSE}[inner]()
    loss = ComplexSTFTLoss([61], [17], [64], asked, window, normalized, reduction=None)
    np.testing.assert_allclose(numpy(loss(target, estimate)), wanted[inner], rtol=2e-5)


def test_by_parseval_a_mean_square_of_spectra_is_one_of_samples():
    """Of frames that neither overlap nor are windowed, the bins but 0 and the last counted once."""
    target, estimate = signals(2048)
    target[:, :32], estimate[:, :32] = 0, 0  # half of the first frame lies before the signal
    bins = ComplexSTFTLoss([64], [64], [64], WaveformLoss("l2"), "rectangular", True)
    samples = float(WaveformLoss("l2")(target, estimate)) * 2048 / (33 * 64)
    # 66 parts of 33 bins, of which those of 31 bins stand for two
    assert float(bins(target, estimate)) == pytest.approx(samples / 2, rel=0.05)


def test_padding_a_signal_shorter_than_a_frame_changes_nothing():
    target, estimate = np.random.default_rng(0).normal(size=(2, 1, 1500, 2, 1)).astype("float32")
    for loss in (ComplexSTFTLoss(), ComplexSTFTLoss([512], [128], [512], RMSE())):
        for length in (1, 700):
            alone = float(loss(target[:, :length], estimate[:, :length]))
            masked = keras_sep.layers.LengthMask()([estimate, np.array([length])])
            assert float(loss(target, masked)) == pytest.approx(alone, rel=1e-5)


def test_silence_and_identity():
    noise = np.random.default_rng(0).normal(size=SHAPE).astype("float32")
    loss = ComplexSTFTLoss(*SMALL)
    assert float(loss(noise, noise)) == 0
    run = value_and_gradient(loss)
    for target, estimate in ((noise, noise), (noise, 0 * noise), (0 * noise, noise)):
        value, slope = run(target, estimate)
        assert np.isfinite(value)
        assert np.isfinite(slope).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((20, 13), (7,), (32, 16)), r"one entry per transform\. Received: frame_lengths="),
        (((20,), (7,), (33,)), r"must be even.*fft_lengths=\(33,\)"),
        (((20,), (7,), (32,), "mse"), r"`loss` must be a Keras loss object"),
        (((20,), (7,), (32,), None, "kaiser"), r'`window` must be one of "hann".*\'kaiser\''),
        (((20,), (7,), (32,), None, "hann", 1), r"`normalized` must be True or False"),
    ],
)
def test_what_makes_no_loss(arguments, message):
    with pytest.raises(ValueError, match=message):
        ComplexSTFTLoss(*arguments)
