"""The transform against scipy and its inverse against the signal itself."""

import keras
import numpy as np
import pytest
import scipy.signal
import tensorflow as tf

from keras_sep import ops

# frame, hop and a length that is not a multiple of the hop
SETTINGS = [(4096, 1024, 9001), (2048, 512, 4999), (512, 128, 1201), (1024, 256, 2003)]


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def scipy_stft(x, frame_length, hop_length, padding="reflect"):
    """The same transform from scipy in float64: it scales by the window's sum, here undone."""
    half = frame_length // 2
    x = np.pad(x.astype("float64"), [(0, 0), (half, half), (0, 0)], mode=padding)
    window = scipy.signal.get_window("hann", frame_length)
    _, _, z = scipy.signal.stft(
        x, window=window, nperseg=frame_length, noverlap=frame_length - hop_length,
        boundary=None, padded=False, axis=1,
    )  # fmt: skip
    # (batch, bins, channels, frames) to (batch, frames, bins, channels)
    return np.moveaxis(z, -1, 1) * window.sum()


@pytest.mark.parametrize(("frame_length", "hop_length", "samples"), SETTINGS)
def test_equals_scipy(frame_length, hop_length, samples):
    x = noise(2, samples, 3)
    real, imag = ops.stft(x, frame_length, hop_length)
    expected = scipy_stft(x, frame_length, hop_length)
    assert real.shape == expected.shape == (2, 1 + samples // hop_length, frame_length // 2 + 1, 3)
    # float32 sums of frame_length terms against float64
    error = np.abs((np.asarray(real) + 1j * np.asarray(imag)) - expected).max()
    assert error < 1e-5 * np.abs(expected).max()


@pytest.mark.parametrize(("frame_length", "hop_length", "samples"), SETTINGS)
@pytest.mark.parametrize("extra", [0, 1])
def test_reconstructs_every_sample(frame_length, hop_length, samples, extra):
    x = noise(2, samples - samples % hop_length + extra * 7, 3)
    pair = ops.stft(x, frame_length, hop_length)
    y = ops.istft(pair, frame_length, hop_length, length=x.shape[1])
    # at every sample, ends included, but for rounding in float32
    np.testing.assert_allclose(y, x, rtol=0, atol=1e-5)


@pytest.mark.parametrize("samples", [1, 2, 3, 31, 32, 33, 63, 64, 65, 100])
@pytest.mark.parametrize("padding", ["reflect", "constant"])
def test_signal_shorter_than_a_frame(samples, padding):
    """Reflected as often as it takes, or between zeros, like np.pad."""
    x = noise(1, samples, 2)
    pair = ops.stft(x, 64, 16, padding=padding)
    real, imag = (np.asarray(part) for part in pair)
    np.testing.assert_allclose(real + 1j * imag, scipy_stft(x, 64, 16, padding), atol=1e-5)
    again = ops.istft(pair, 64, 16, length=samples, padding=padding)
    np.testing.assert_allclose(again, x, atol=1e-6)


def test_length_unknown_until_it_runs():
    signature = [tf.TensorSpec((None, None, 3)), tf.TensorSpec((), "int32")]

    @tf.function(input_signature=signature)
    def there_and_back(x, length):
        real, imag = ops.stft(x, 64, 16)
        assert real.shape == imag.shape == (None, None, 33, 3)
        return ops.istft((real, imag), 64, 16, length)

    for samples in (1, 17, 500, 501):
        x = noise(2, samples, 3)
        np.testing.assert_allclose(there_and_back(x, samples), x, atol=1e-6)
        longer = there_and_back(x, samples + 300)
        assert longer.shape == (2, samples + 300, 3)
        np.testing.assert_allclose(longer[:, :samples], x, atol=1e-6)


def test_sources_axis_is_the_same_transform_each():
    x = noise(2, 203, 3, 5)
    pair = ops.stft(x, 64, 16)
    assert pair[0].shape == (2, 13, 33, 3, 5)
    one = ops.stft(x[..., 2], 64, 16)
    np.testing.assert_allclose(pair[1][..., 2], one[1], atol=1e-6)
    np.testing.assert_allclose(ops.istft(pair, 64, 16, length=203), x, atol=1e-6)


def test_default_length_covers_all_centres():
    assert ops.istft(ops.stft(noise(1, 100, 1), 64, 16), 64, 16).shape == (1, 96, 1)


def test_masks_that_sum_to_one_give_the_mixture_back():
    x = noise(2, 203, 3)
    masks = np.random.default_rng(1).dirichlet(np.ones(4), size=(2, 13, 33, 3)).astype("float32")
    stems = tuple(part[..., None] * masks for part in ops.stft(x, 64, 16))
    y = ops.istft(stems, 64, 16, length=203)
    np.testing.assert_allclose(np.asarray(y).sum(-1), x, atol=1e-5)


def test_silence_is_silent():
    pair = ops.stft(np.zeros((1, 100, 2), "float32"), 64, 16)
    assert not np.any(pair)
    assert not np.any(ops.istft(pair, 64, 16, length=100))


def test_gradient_is_that_of_a_linear_map():
    """d/dx <stft(x), g> is the adjoint of the transform: finite differences in float64."""
    rng = np.random.default_rng(2)
    x, direction = rng.normal(size=(2, 1, 37, 2))
    weights = rng.normal(size=(2, 1, 5, 9, 2))

    def inner(x):
        real, imag = ops.stft(x, 16, 8)
        y = ops.istft((real * weights[0], imag * weights[1]), 16, 8, length=37)
        return tf.reduce_sum(tf.sin(y))

    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = inner(x)
    slope = float(tf.reduce_sum(tape.gradient(value, x) * direction))
    step = 1e-6
    difference = float(inner(x + step * direction) - inner(x - step * direction)) / (2 * step)
    # central differences are good to step^2, rounding to 1e-16 / step
    assert slope == pytest.approx(difference, rel=1e-7)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_answers_in_the_dtype_it_was_given(dtype):
    x = keras.ops.cast(noise(1, 100, 2), dtype)
    pair = ops.stft(x, 64, 16)
    y = ops.istft(pair, 64, 16, length=100)
    assert {keras.backend.standardize_dtype(t.dtype) for t in (*pair, y)} == {dtype}
    tolerance = {"float16": 1e-2, "bfloat16": 1e-1, "float64": 1e-12}[dtype]
    difference = keras.ops.cast(y, "float64") - keras.ops.cast(x, "float64")
    assert np.abs(difference).max() < tolerance


@pytest.mark.parametrize(
    ("frame_length", "hop_length", "text"),
    [
        (1024, 1025, "must leave no sample without a window"),
        (1024, 1024, "hop_length=1024, frame_length=1024"),
        (1024, 0, "hop_length=0"),
        (-2, 1, "`frame_length` must be a positive integer. Received: frame_length=-2"),
    ],
)
def test_frames_that_cannot_be_inverted(frame_length, hop_length, text):
    with pytest.raises(ValueError, match="Received") as error:
        ops.stft(np.zeros((1, 9, 1)), frame_length, hop_length)
    assert text in str(error.value)
    with pytest.raises(ValueError, match="Received"):
        ops.istft(np.zeros((2, 1, 3, 9, 1)), frame_length, hop_length)
