"""The layers of windows: what the harness and the tests of their functions cannot know."""

import keras
import numpy as np
import pytest

from keras_sep import layers
from keras_sep.testing import outputs

numpy = keras.ops.convert_to_numpy


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def test_there_and_back_in_a_model_of_unknown_length():
    x = keras.Input((None, 5, 2))
    windows = layers.SplitWindows(7, 3, padding=2)(x)
    network = keras.Model(x, layers.JoinWindows(3, padding=2, cross_fade=True)(windows, like=x))
    assert windows.shape == (None, None, 7, 5, 2)
    assert network.output_shape == (None, None, 5, 2)
    for time in (1, 7, 100):
        signal = noise(2, time, 5, 2)
        y = network.predict(signal, verbose=0)
        np.testing.assert_allclose(y, signal, rtol=1e-6, atol=1e-7)


def test_length_or_like():
    windows = noise(2, 4, 7, 3)
    join = layers.JoinWindows(3)
    whole = numpy(join(windows))
    assert whole.shape == (2, 16, 3)
    np.testing.assert_array_equal(numpy(join(windows, length=9)), whole[:, :9])
    np.testing.assert_array_equal(numpy(join(windows, like=np.zeros((2, 9)))), whole[:, :9])
    with pytest.raises(ValueError, match="Give `length` or `like`, not both"):
        join(windows, length=9, like=whole)


def test_shapes_that_are_known():
    assert layers.SplitWindows(7, 3).compute_output_shape((2, 17, 5)) == (2, 5, 7, 5)
    assert layers.SplitWindows(7, 3, 7).compute_output_shape((2, 17, 5)) == (2, 9, 7, 5)
    assert layers.SplitWindows(7, 3).compute_output_shape((2, None, 5)) == (2, None, 7, 5)
    join = layers.JoinWindows(3, padding=2)
    assert join.compute_output_shape((2, 5, 7, 5)) == (2, 15, 5)
    windows = keras.KerasTensor((2, None, 7, 5))
    assert join.compute_output_spec(windows).shape == (2, None, 5)
    assert join.compute_output_spec(windows, length=4).shape == (2, 4, 5)


@pytest.mark.parametrize("padding", [0, 6])
def test_padded_example_through_windows_that_see_across_them(padding):
    """The windows of an example in a longer batch, mixed with each other, are those of it alone."""
    x, lengths = keras.Input((None, 3)), keras.Input((), dtype="int32")
    masked = layers.LengthMask()([x, lengths])
    windows = layers.SplitWindows(6, 3, padding)(masked)
    # (batch, windows, features) is a sequence with its own mask
    mixed = layers.RecurrentStack(4, 1)(
        keras.layers.TimeDistributed(keras.layers.Flatten())(windows)
    )
    mixed = keras.layers.TimeDistributed(keras.layers.RepeatVector(6))(mixed)
    y = layers.JoinWindows(3, padding)(mixed, like=masked)
    network = keras.Model([x, lengths], y)
    signal = noise(2, 29, 3)
    signal[0, 10:] = 1e3
    (together,) = outputs(network, [signal, np.array([10, 29])])
    (alone,) = outputs(network, [signal[:1, :10], np.array([10])])
    np.testing.assert_allclose(together[:1, :10], alone, atol=1e-5)


def means(window_length):
    """A network whose estimate is everywhere the mean of its window, and its double."""
    window = keras.Input((window_length, 3))
    mean = keras.ops.mean(window, axis=1, keepdims=True)
    same = keras.layers.UpSampling1D(window_length)(mean)
    return keras.Model(window, keras.ops.stack([same, 2 * same], axis=-1))


@pytest.mark.parametrize("cross_fade", [False, True])
def test_windowed_runs_the_network_on_every_window(cross_fade):
    x = noise(2, 17, 3)
    y = numpy(layers.Windowed(means(7), 7, 3, cross_fade)(x))
    assert y.shape == (2, 17, 3, 2)
    padded = np.concatenate([x, np.zeros((2, 2, 3))], axis=1)
    weights = np.minimum(np.arange(1, 8), np.arange(7, 0, -1)) if cross_fade else np.ones(7)
    total, share = np.zeros((2, 19, 3)), np.zeros(19)
    for start in range(0, 13, 3):
        window = padded[:, start : start + 7]
        total[:, start : start + 7] += weights[:, None] * window.mean(axis=1, keepdims=True)
        share[start : start + 7] += weights
    expected = (total / share[:, None])[:, :17]
    np.testing.assert_allclose(y[..., 0], expected, atol=1e-6)
    np.testing.assert_allclose(y[..., 1], 2 * expected, atol=1e-6)


def test_windowed_of_a_layer_that_keeps_steps_apart_is_the_layer():
    x = noise(2, 17, 3)
    dense = keras.layers.Dense(5)
    windowed = layers.Windowed(dense, 7, 2)
    y = numpy(windowed(x))
    np.testing.assert_allclose(y, numpy(dense(x)), atol=1e-6)
    assert len(windowed.trainable_weights) == 2
    assert windowed.compute_output_shape((None, None, 3)) == (None, None, 5)


def test_windowed_keeps_the_mask():
    masked = layers.LengthMask()([noise(2, 17, 3), np.array([9, 17])])
    y = layers.Windowed(keras.layers.Dense(5), 7, 2)(masked)
    np.testing.assert_array_equal(numpy(y._keras_mask).sum(axis=1), [9, 17])


def test_network_that_changes_the_length():
    layer = layers.Windowed(keras.layers.Conv1D(5, 3), 7, 2)
    text = "`network` must return as many time steps as it reads. Received: 5 of 7 from <Conv1D"
    with pytest.raises(ValueError, match=text):
        layer(noise(2, 17, 3))


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: layers.SplitWindows(4, 5),
            "`window_length` must be an integer and at least `hop_length`. "
            "Received: window_length=4, hop_length=5",
        ),
        (
            lambda: layers.JoinWindows(-1),
            "`hop_length` must be a positive integer. Received: hop_length=-1",
        ),
        (
            lambda: layers.JoinWindows(4, padding=0.5),
            "`padding` must be a non-negative integer. Received: padding=0.5",
        ),
        (
            lambda: layers.Windowed(keras.layers.Dense(3), 4, 0),
            "`hop_length` must be a positive integer. Received: hop_length=0",
        ),
    ],
)
def test_bad_arguments(make, text):
    with pytest.raises(ValueError) as error:
        make()
    assert str(error.value) == text
