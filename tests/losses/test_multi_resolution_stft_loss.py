"""The multi-resolution STFT loss against its formula in float64, written plainly."""

import numpy as np
import pytest

import keras_sep
from keras_sep.losses import MultiResolutionSTFTLoss
from keras_sep.testing import numpy, value_and_gradient

SHAPE = (2, 2027, 2, 3)
SMALL = ((20, 13), (7, 5), (32, 16))


def magnitudes(x, frame_length, hop_length, fft_length):
    """Of one signal, zero beyond its ends; every hop-th sample in the middle of a transform."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(frame_length) / frame_length)
    rows = []
    for centre in range(0, len(x) + 1, hop_length):
        first = centre - fft_length // 2 + (fft_length - frame_length) // 2
        places = first + np.arange(frame_length)
        inside = (places >= 0) & (places < len(x))
        frame = np.where(inside, x[np.clip(places, 0, len(x) - 1)], 0)
        rows.append(np.abs(np.fft.rfft(frame * window, fft_length)))
    return np.array(rows)


def formula(target, estimate, frame_lengths, hop_lengths, fft_lengths):
    """Yamamoto et al. 2020, equations 3 to 6, of one signal."""
    values = []
    for sizes in zip(frame_lengths, hop_lengths, fft_lengths, strict=True):
        s, e = magnitudes(target, *sizes), magnitudes(estimate, *sizes)
        convergence = np.linalg.norm(s - e) / np.linalg.norm(s)
        values.append(convergence + np.abs(np.log(s) - np.log(e)).mean())
    return np.mean(values)


@pytest.mark.parametrize("sizes", [SMALL, ((600, 1200, 240), (120, 240, 50), (1024, 2048, 512))])
@pytest.mark.parametrize("samples", [2027, 2030])  # 2030 is a multiple of hops 5 and 7
def test_is_the_formula(sizes, samples):
    rng = np.random.default_rng(0)
    target, noise = rng.normal(size=(2, SHAPE[0], samples, *SHAPE[2:]))
    estimate = 0.7 * target + 0.5 * noise
    wanted = [
        np.mean([
            formula(target[b, :, c, s], estimate[b, :, c, s], *sizes)
            for c in range(SHAPE[2]) for s in range(SHAPE[3])
        ])
        for b in range(SHAPE[0])
    ]  # fmt: skip
    each = numpy(MultiResolutionSTFTLoss(*sizes, reduction=None)(target, estimate))
    # the power of 1e-7 in every bin moves the logarithm of the faintest of them
    np.testing.assert_allclose(each, wanted, rtol=1e-4)


def test_defaults_are_the_papers():
    default = MultiResolutionSTFTLoss()
    assert default.get_config()["frame_lengths"] == [600, 1200, 240]
    assert default.get_config()["hop_lengths"] == [120, 240, 50]
    assert default.get_config()["fft_lengths"] == [1024, 2048, 512]


def test_every_sample_counts():
    target = np.random.default_rng(0).normal(size=(1, 2027, 1, 1)).astype("float32")
    estimate = 0.5 * target
    _, slope = value_and_gradient(MultiResolutionSTFTLoss())(target, estimate)
    assert (np.abs(slope) > 0).all()


@pytest.mark.parametrize("length", [1, 3, 700])
def test_padding_a_short_signal_changes_nothing(length):
    """Shorter than a frame too, with the published sizes."""
    rng = np.random.default_rng(0)
    target, estimate = rng.normal(size=(2, 1, 1500, 2, 1)).astype("float32")
    loss = MultiResolutionSTFTLoss()
    alone = float(loss(target[:, :length], estimate[:, :length]))
    masked = keras_sep.layers.LengthMask()([estimate, np.array([length])])
    assert float(loss(target, masked)) == pytest.approx(alone, rel=1e-5)


def test_silence():
    rng = np.random.default_rng(0)
    loss = MultiResolutionSTFTLoss(*SMALL)
    noise = rng.normal(size=SHAPE).astype("float32")
    silence = np.zeros_like(noise)
    assert float(loss(silence, silence)) == pytest.approx(0, abs=1e-6)
    # |S - 0| over |S| is one; the logarithm ends at the root of 1e-7, and no bin of these frames
    # of noise is as large as 100
    assert 1 < float(loss(noise, silence)) < 1 + np.log(100 / 1e-7**0.5)
    run = value_and_gradient(loss)
    for target in (noise, silence):
        for estimate in (noise, silence, 1e-12 * noise):
            value, slope = run(target, estimate)
            assert np.isfinite(value)
            assert np.isfinite(slope).all()


@pytest.mark.fault
@pytest.mark.parametrize(("level", "batch"), [(0.0, 1), (0.0, 4), (1e-4, 4)])
def test_a_silent_target_does_not_outweigh_the_others(level, batch):
    """The others' values stay what the equations say."""
    rng = np.random.default_rng(0)
    target, noise = 0.1 * rng.normal(size=(2, batch, 2027, 1, 1)).astype("float32")
    target[0] *= level
    estimate = 0.5 * target + 0.3 * noise
    loss, equations = (MultiResolutionSTFTLoss(silence_db=db, reduction=None) for db in (20, None))
    each, exact = (numpy(one(target, estimate)) for one in (loss, equations))
    assert exact[0] > 100
    assert each[0] < 20
    np.testing.assert_allclose(each[1:], exact[1:], rtol=1e-6)


@pytest.mark.fault
def test_the_gradient_by_what_is_heard_in_silence_does_not_outweigh_the_others():
    rng = np.random.default_rng(0)
    target, estimate = rng.normal(size=(2, 4, 2027, 1, 1)).astype("float32")
    target[0] = 0
    _, slope = value_and_gradient(MultiResolutionSTFTLoss(*SMALL))(target, 0.3 * estimate)
    size = np.linalg.norm(slope.reshape(4, -1), axis=1)
    assert size[0] < 3 * size[1:].min()


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        (((20, 13), (7,), (32, 16)), r"one entry per transform\. Received: frame_lengths="),
        (((), (), ()), r"one entry per transform\. Received: frame_lengths=\(\)"),
        (((20,), (7,), (16,)), r"at least the frame's length.*fft_lengths=\(16,\)"),
        (
            ((20,), (0,), (32,)),
            r"`hop_lengths` must be a list of positive integers.*: hop_lengths=\(0,\)",
        ),
        (((20,), (7,), (33,)), r"must be even.*fft_lengths=\(33,\)"),
    ],
)
def test_sizes_that_make_no_transform(sizes, message):
    with pytest.raises(ValueError, match=message):
        MultiResolutionSTFTLoss(*sizes)
