"""Windows against plain loops in NumPy, and against each other."""

import keras
import numpy as np
import pytest

from keras_sep import ops
from keras_sep._windows import window_count, window_mask

# time steps, window, hop, padding: longer and shorter than a window, hops that divide it and not
SETTINGS = [
    (1000, 128, 64, 0),
    (1000, 128, 48, 0),
    (101, 10, 10, 0),
    (100, 10, 10, 0),
    (7, 11, 4, 0),
    (1, 5, 2, 0),
    (23, 5, 1, 0),
    (97, 10, 5, 10),
    (95, 10, 5, 10),
    (3, 12, 6, 12),
    (29, 7, 3, 2),
    (30, 7, 5, 7),
]
settings = pytest.mark.parametrize(("time", "window", "hop", "padding"), SETTINGS)
numpy = keras.ops.convert_to_numpy


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def plain_split(x, window, hop, padding):
    """Windows until no step of `x` is left and no further one fits into the padded signal."""
    ends = np.zeros((len(x), padding, *x.shape[2:]), x.dtype)
    zeros = np.zeros((len(x), window + hop, *x.shape[2:]), x.dtype)
    padded = np.concatenate([ends, x, ends], axis=1)
    long = np.concatenate([padded, zeros], axis=1)
    windows, start = [], 0
    while True:
        windows.append(long[:, start : start + window])
        start += hop
        nothing_left = start - hop + window >= padding + x.shape[1]
        if nothing_left and start + window > padded.shape[1]:
            return np.stack(windows, axis=1)


def plain_join(windows, hop, weights):
    """Weighted means, float64."""
    batch, count, window, *rest = windows.shape
    total = np.zeros((batch, (count - 1) * hop + window, *rest))
    share = np.zeros(total.shape[1])
    for n in range(count):
        for step in range(window):
            total[:, n * hop + step] += weights[step] * windows[:, n, step].astype("float64")
            share[n * hop + step] += weights[step]
    return total / share.reshape(-1, *[1] * len(rest))


def triangle(window):
    return [min(step + 1, window - step) for step in range(window)]


@settings
def test_split_equals_plain_slices(time, window, hop, padding):
    x = noise(2, time, 3)
    expected = plain_split(x, window, hop, padding)
    windows = numpy(ops.split_windows(x, window, hop, padding))
    np.testing.assert_array_equal(windows, expected)
    assert window_count(time, window, hop, padding) == expected.shape[1]


@settings
@pytest.mark.parametrize("cross_fade", [False, True])
def test_join_undoes_split(time, window, hop, padding, cross_fade):
    x = noise(2, time, 3, 2)
    windows = ops.split_windows(x, window, hop, padding)
    y = ops.join_windows(windows, hop, time, padding, cross_fade)
    # a mean of copies of one number, rounded a few times
    np.testing.assert_allclose(numpy(y), x, rtol=1e-6, atol=1e-7)


def test_join_without_overlap_is_exact():
    x = noise(2, 101, 3)
    y = ops.join_windows(ops.split_windows(x, 10, 10), 10, length=101)
    np.testing.assert_array_equal(numpy(y), x)


@pytest.mark.parametrize(("count", "window", "hop"), [(7, 6, 3), (7, 6, 4), (3, 11, 2), (1, 5, 5)])
def test_join_of_any_windows_is_their_weighted_mean(count, window, hop):
    windows = noise(2, count, window, 3)
    for cross_fade, weights in ((False, [1.0] * window), (True, triangle(window))):
        expected = plain_join(windows, hop, weights)
        y = numpy(ops.join_windows(windows, hop, cross_fade=cross_fade))
        np.testing.assert_allclose(y, expected, atol=1e-6)  # sums of a few float32 numbers
        padded = numpy(ops.join_windows(windows, hop, padding=2, cross_fade=cross_fade))
        np.testing.assert_allclose(padded, expected[:, 2:-2], atol=1e-6)


def test_overlap_add_is_the_sum():
    windows = noise(2, 5, 7, 3)
    expected = np.zeros((2, 19, 3))
    for n in range(5):
        expected[:, 3 * n : 3 * n + 7] += windows[:, n]
    np.testing.assert_allclose(numpy(ops.overlap_add(windows, 3)), expected, atol=1e-6)


def test_what_no_window_covers_is_zero():
    windows = noise(1, 3, 4)
    y = numpy(ops.join_windows(windows, 4, length=15))
    np.testing.assert_array_equal(y, [[*windows.ravel(), 0, 0, 0]])
    assert numpy(ops.join_windows(windows, 4, length=5)).shape == (1, 5)


@settings
def test_mask_of_windows_is_what_each_example_alone_has(time, window, hop, padding):
    lengths = np.arange(1, time + 1)
    mask = ops.length_mask(lengths, time)
    marked = numpy(window_mask(mask, window, hop, padding))
    counts = [window_count(int(n), window, hop, padding) for n in lengths]
    expected = np.arange(counts[-1]) < np.array(counts)[:, None]
    np.testing.assert_array_equal(marked, expected)


@pytest.mark.parametrize("multiple", [2, 3])
@pytest.mark.parametrize("time", range(1, 25))
def test_so_many_windows_at_a_time_until_a_zero_follows(time, multiple):
    window, hop, padding = 6, 3, 3
    x = noise(2, time, 3)
    count = multiple
    while count * hop <= padding + time:
        count += multiple
    assert window_count(time, window, hop, padding, multiple) == count
    padded = np.pad(x, [(0, 0), (padding, 99), (0, 0)])
    expected = np.stack([padded[:, n * hop : n * hop + window] for n in range(count)], axis=1)
    windows = ops.split_windows(x, window, hop, padding, multiple)
    np.testing.assert_array_equal(numpy(windows), expected)
    np.testing.assert_array_equal(numpy(ops.join_windows(windows, hop, time, padding)), x)

    lengths = np.arange(1, time + 1)
    marked = window_mask(ops.length_mask(lengths, time), window, hop, padding, multiple)
    counts = [window_count(int(n), window, hop, padding, multiple) for n in lengths]
    np.testing.assert_array_equal(numpy(marked), np.arange(count) < np.array(counts)[:, None])


def test_masked_windows_count_for_nothing():
    windows = noise(2, 5, 6, 3)
    spoiled = windows.copy()
    spoiled[0, 3:] = np.nan
    mask = np.array([[True, True, True, False, False], [True] * 5])
    y = numpy(ops.join_windows(spoiled, 4, mask=mask))
    alone = numpy(ops.join_windows(windows[:1, :3], 4))
    np.testing.assert_allclose(y[:1, : alone.shape[1]], alone, atol=1e-6)
    np.testing.assert_allclose(y[1:], numpy(ops.join_windows(windows[1:], 4)), atol=1e-6)
    assert not y[0, alone.shape[1] :].any()


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="a graph of TensorFlow")
@pytest.mark.parametrize("jit", [False, True])
def test_length_unknown_until_it_runs(jit):
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec((None, None, 3))], jit_compile=jit)
    def there_and_back(x):
        windows = ops.split_windows(x, 7, 3, padding=2)
        assert windows.shape == (None, None, 7, 3)
        y = ops.join_windows(windows, 3, tf.shape(x)[1], padding=2, cross_fade=True)
        return windows, y

    for time in (1, 17, 100):
        x = noise(2, time, 3)
        windows, y = there_and_back(x)
        np.testing.assert_array_equal(windows, plain_split(x, 7, 3, 2))
        np.testing.assert_allclose(y, x, rtol=1e-6, atol=1e-7)


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="compiled by JAX")
def test_compiled_by_jax():
    import jax

    @jax.jit
    def there_and_back(x):
        return ops.join_windows(ops.split_windows(x, 7, 3), 3, x.shape[1])

    x = noise(2, 17, 3)
    np.testing.assert_allclose(there_and_back(x), x, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((4, 0), "`hop_length` must be a positive integer. Received: hop_length=0"),
        ((4, 1.5), "`hop_length` must be a positive integer. Received: hop_length=1.5"),
        (
            (4, 5),
            "`window_length` must be an integer and at least `hop_length`. "
            "Received: window_length=4, hop_length=5",
        ),
        ((4, 2, -1), "`padding` must be a non-negative integer. Received: padding=-1"),
    ],
)
def test_bad_arguments(arguments, text):
    with pytest.raises(ValueError) as error:
        ops.split_windows(noise(1, 9), *arguments)
    assert str(error.value) == text
    window, *rest = arguments
    with pytest.raises(ValueError) as error:
        ops.join_windows(noise(1, 3, window), rest[0], padding=rest[1] if len(rest) > 1 else 0)
    assert str(error.value) == text


def test_a_cross_fade_of_integers_is_no_integer():
    x = np.arange(1, 8)[None]
    windows = ops.split_windows(x, window_length=4, hop_length=2)
    joined = ops.join_windows(windows, hop_length=2, length=7, cross_fade=True)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(joined), x, rtol=1e-6)
