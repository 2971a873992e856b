"""Windows of a stream, and the frames of a learned filterbank: those of the whole signal."""

import keras
import numpy as np
import pytest

from keras_sep import layers
from keras_sep.streaming import Stepper
from keras_sep.testing import numpy

WAVEFORM = np.random.default_rng(0).normal(size=(2, 120, 2)).astype("float32")


def streamed(layer, chunks=(8, 24, 4, 84)):
    """What a layer makes of a stream, and the stepper."""
    mixture = keras.Input((None, 2))
    stepper = Stepper(keras.Model(mixture, layer(mixture)))
    state, joined = stepper.initial_state(2), []
    for chunk in np.split(WAVEFORM, np.cumsum(chunks)[:-1], axis=1):
        frames, state = stepper.step(chunk, state)
        joined.append(numpy(frames))
    return np.concatenate(joined, axis=1), stepper


@pytest.mark.parametrize(("window", "padding"), [(12, 0), (12, 4), (12, 8), (10, 4), (4, 0)])
@pytest.mark.parametrize("learned", [False, True])
def test_frames_of_a_stream_are_those_of_the_signal(window, padding, learned):
    if learned:
        layer = layers.AnalysisFilterbank(5, window, 4, "sigmoid", padding=padding)
    else:
        layer = layers.SplitWindows(window, 4, padding)
    found, stepper = streamed(layer)
    assert (stepper.stride, stepper.latency) == (4, -(-(window - 4) // 4) * 4)
    whole = numpy(layer(WAVEFORM))
    found = found[:, layer.delay :]  # what lies before the signal and its padding
    assert found.shape[1] == 30 - layer.delay
    assert layer.delay == stepper.latency // 4 - padding // 4
    wanted = whole[:, : found.shape[1]]
    np.testing.assert_allclose(found[:, : wanted.shape[1]], wanted, rtol=1e-6, atol=1e-6)
    assert wanted.shape[1] > 20


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (layers.SplitWindows(12, 4, 12), "multiple of 4, and at most 8. Received: padding=12"),
        (layers.SplitWindows(12, 4, 3), "multiple of 4, .* Received: padding=3"),
        (layers.SplitWindows(12, 4, 8, multiple=2), "needs `multiple=1`. Received: multiple=2"),
        (layers.AnalysisFilterbank(5, 8, 4, padding=8), "at most 4. Received: padding=8"),
    ],
)
def test_windows_that_no_stream_has(layer, message):
    mixture = keras.Input((None, 2))
    model = keras.Model(mixture, layer(mixture))
    with pytest.raises(ValueError, match=message):
        Stepper(model)


def test_a_window_over_the_filters():
    plain = layers.SynthesisFilterbank(1, 8, 4)
    windowed = layers.SynthesisFilterbank(1, 8, 4, window="hann")
    frames = np.random.default_rng(1).normal(size=(1, 6, 3)).astype("float32")
    plain(frames), windowed(frames)
    kernel = numpy(plain.kernel)
    windowed.kernel.assign(kernel)
    periodic = np.sin(np.pi * np.arange(8) / 8) ** 2
    plain.kernel.assign(kernel * periodic[:, None, None])
    np.testing.assert_allclose(numpy(windowed(frames)), numpy(plain(frames)), rtol=0, atol=1e-6)


@pytest.mark.parametrize("window", ["triangle", 3, ["hann"]])
def test_an_unknown_window(window):
    with pytest.raises(ValueError, match=r'must be one of "hann", .*Received: window='):
        layers.SynthesisFilterbank(1, 8, 4, window=window)


def test_bins_that_are_not_those_of_the_window():
    pair = np.zeros((2, 1, 3, 5, 1), "float32")
    with pytest.raises(ValueError, match=r"must have 6 bins.*10 samples. Received: shape"):
        layers.IRFFT(10)(tuple(pair))


@pytest.mark.parametrize("length", [7, 8])
def test_transforms_are_numpys(length):
    windows = np.random.default_rng(2).normal(size=(2, 3, length, 2))
    real, imag = layers.RFFT(dtype="float64")(windows)
    wanted = np.fft.rfft(windows, axis=2)
    np.testing.assert_allclose(numpy(real) + 1j * numpy(imag), wanted, rtol=1e-12, atol=1e-12)
    again = layers.IRFFT(length, dtype="float64")((wanted.real, wanted.imag))
    np.testing.assert_allclose(numpy(again), windows, rtol=1e-12, atol=1e-12)


def test_logarithms_are_numpys():
    rng = np.random.default_rng(3)
    pair = rng.normal(size=(2, 1, 3, 5, 1)) * 10.0 ** rng.integers(-9, 3, size=(1, 3, 5, 1))
    pair[:, 0, 0] = 0
    found = layers.LogMagnitude(1e-7, dtype="float64")(tuple(pair))
    np.testing.assert_allclose(numpy(found), np.log(np.hypot(*pair) + 1e-7), rtol=1e-12)
