"""The same numbers from other operations, and layers that are themselves again afterwards."""

import keras
import numpy as np
import pytest

from keras_sep._faster_operations import faster_operations
from keras_sep._sub_pixels import sub_pixels
from keras_sep._winograd import winograd
from keras_sep.layers import Windowed

numpy = keras.ops.convert_to_numpy
BACKEND = keras.backend.backend()  # JAX has no float64 unless it is told to


@pytest.mark.parametrize("size", [(5, 5), (4, 3), (2, 1), (3, 8)])
@pytest.mark.parametrize("strides", [(2, 2), (1, 3), (4, 2)])
def test_sub_pixels_are_a_transposed_convolution(size, strides):
    """Each input adds the kernel around the place that is its own: the sum in float64."""
    rng = np.random.default_rng(0)
    x, kernel = (rng.normal(size=n).astype("float32") for n in ((2, 5, 7, 3), (*size, 2, 3)))
    rows, columns = (n * stride for n, stride in zip((5, 7), strides, strict=True))
    before = [max(n - stride, 0) // 2 for n, stride in zip(size, strides, strict=True)]
    full = np.zeros((2, rows + size[0] + 4, columns + size[1] + 4, 2))
    for i in range(5):
        for j in range(7):
            top, left = i * strides[0], j * strides[1]
            full[:, top : top + size[0], left : left + size[1]] += np.einsum(
                "bi,hwoi->bhwo", x[:, i, j], kernel
            )
    wanted = full[:, before[0] : before[0] + rows, before[1] : before[1] + columns]
    found = sub_pixels(*map(keras.ops.convert_to_tensor, (x, kernel)), strides)
    np.testing.assert_allclose(numpy(found), wanted, atol=1e-5)


@pytest.mark.parametrize("rows", [1, 4, 7])
def test_half_the_products_are_a_convolution(rows):
    """The sum over taps in float64."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, rows, 5, 3)).astype("float32")
    kernel = rng.normal(size=(3, 3, 3, 2)).astype("float32")
    padded = np.pad(x.astype("float64"), ((0, 0), (1, 1), (1, 1), (0, 0)))
    wanted = sum(
        padded[:, i : i + rows, j : j + 5] @ kernel[i, j] for i in range(3) for j in range(3)
    )
    found = numpy(winograd(*map(keras.ops.convert_to_tensor, (x, kernel))))
    np.testing.assert_allclose(found, wanted, atol=1e-4)  # sums of the larger factors


def odd_network(data_format="channels_last"):
    """A window of every kind of layer that is replaced, and of some that must not be."""
    layers, where = keras.layers, {"data_format": data_format, "padding": "same"}
    axis = -1 if data_format == "channels_last" else 1
    window = keras.Input((8, 12, 3) if axis == -1 else (3, 8, 12))
    x = layers.Conv2D(16, 3, dilation_rate=(2, 1), activation="relu", **where)(window)
    x = layers.BatchNormalization(axis, scale=False, name="unscaled")(x)
    x = layers.Conv2D(256, 1, **where)(x)
    x = layers.Conv2D(17, 3, groups=1, activation="relu", **where)(x)  # of many channels
    x = layers.BatchNormalization(axis, center=False, epsilon=1e-6)(x)
    x = layers.Conv2D(18, (2, 3), strides=2, **where)(x)
    x = layers.BatchNormalization(axis)(x)
    x = layers.Conv2DTranspose(1, 5, strides=2, activation="relu", **where)(x)
    x = layers.Conv2DTranspose(19, 3, activation="relu", **where)(x)
    x = layers.BatchNormalization(axis, name="narrow")(layers.Conv2D(2, 1, **where)(x))
    return keras.Model(window, layers.Conv2DTranspose(6, 3, use_bias=False, **where)(x))


def traced(function):
    """As a graph where there are graphs."""
    if BACKEND != "tensorflow":
        return function
    import tensorflow as tf

    return tf.function(function, autograph=False)


@pytest.mark.parametrize("dtype", ["float32", "float64"][: 1 + (BACKEND != "jax")])
def test_a_network_gives_the_same_with_faster_operations(dtype):
    keras.utils.set_random_seed(0)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype)
    try:
        model = Windowed(odd_network(), 8, 8)
        x = np.random.default_rng(0).normal(size=(2, 19, 12, 3)).astype(dtype)
        model(x)
    finally:
        keras.config.set_dtype_policy(before)
    for weight in model.weights:
        weight.assign(np.random.default_rng(1).uniform(0.2, 0.6, weight.shape))
    weights = model.get_weights()
    methods = [set(vars(layer)) for layer in model.network.layers]
    wanted = numpy(model(x, training=False))
    with faster_operations(model):
        changed = [
            set(vars(layer)) - old for layer, old in zip(model.network.layers, methods, strict=True)
        ]
        found = numpy(traced(lambda: model(x, training=False))())
    np.testing.assert_allclose(found, wanted, rtol=1e-5 if found.dtype == "float32" else 1e-12)
    assert methods == [set(vars(layer)) for layer in model.network.layers]
    for old, new in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    names = [layer.name for layer, new in zip(model.network.layers, changed, strict=True) if new]
    # the convolution of many channels in float32 alone
    assert len(names) == (6 + (dtype == "float32") if BACKEND == "tensorflow" else 0)


def test_layers_are_themselves_again_after_an_error():
    model = odd_network()
    with pytest.raises(RuntimeError), faster_operations(model):
        raise RuntimeError
    assert not any("call" in vars(layer) for layer in model.layers)


def test_training_is_as_always():
    """Inside the block, too: statistics of the batch are used and kept."""
    layer = keras.layers.BatchNormalization()
    x = np.random.default_rng(0).normal(3, 1, (2, 5, 7, 4)).astype("float32")
    model = keras.Sequential([keras.Input((5, 7, 4)), layer])
    with faster_operations(model):
        found = numpy(model(x, training=True))
    assert abs(found.mean()) < 1e-5
    assert numpy(layer.moving_mean).min() > 0


def test_models_that_are_no_layers_are_left_alone():
    with faster_operations(double := lambda waveform: 2 * waveform):
        assert double(3) == 6
