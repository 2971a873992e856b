"""Gradients that are written for TensorFlow's CPU: equal to its own, and used."""

import math

import keras
import numpy as np
import pytest

from keras_sep import zoo
from keras_sep._part import part
from keras_sep.testing import numpy

tensorflow_only = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="others have fast gradients"
)
FRAMES = {"frame_length": 64, "hop_length": 16}
HEADS = {"features": 8, "heads": 2, "head_size": 4}
NETWORKS = {
    "bs_roformer": lambda: zoo.bs_roformer(**FRAMES, **HEADS, blocks=1),
    "moises_light": lambda: zoo.moises_light(
        bins=32, subbands=2, filters=4, depth=1, blocks=1, heads=2, head_size=4, **FRAMES
    ),
    "scnet": lambda: zoo.scnet(filters=(4, 8), frame_length=256, hop_length=64, blocks=2),
    "tf_gridnet": lambda: zoo.tf_gridnet(
        features=8, blocks=1, units=6, heads=2, query_size=3, **FRAMES
    ),
    "tf_locoformer": lambda: zoo.tf_locoformer(**HEADS, blocks=1, hidden=12, groups=2, **FRAMES),
    "tfc_tdf": lambda: zoo.tfc_tdf(bins=32, filters=3, growth=2, depth=1, blocks=1, **FRAMES),
    "wave_u_net": lambda: zoo.wave_u_net(filters=4, depth=2),
}


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_a_part_is_a_slice(axis):
    x = np.arange(120.0).reshape(4, 5, 6)
    np.testing.assert_array_equal(numpy(part(x, axis, 1, 3)), np.take(x, [1, 2], axis=axis))


@pytest.mark.parametrize(("start", "stop"), [(-1, 2), (1, 5)])
def test_a_part_beyond_the_tensor(start, stop):
    with pytest.raises(ValueError, match=r"Axis 1 must.*Received: shape=\(3, 4\)"):
        part(np.zeros((3, 4)), 1, start, stop)


def gradients(function, *arguments):
    """The outputs, and the gradients of the sum of their squares."""
    import tensorflow as tf

    arguments = [tf.constant(x) for x in arguments]
    with tf.GradientTape() as tape:
        tape.watch(arguments)
        outputs = function(*arguments)
        loss = tf.reduce_sum(tf.square(outputs))
    return [outputs, *tape.gradient(loss, arguments)]


@tensorflow_only
def test_product_with_one_matrix():
    import tensorflow as tf

    from keras_sep.layers._backend import shared_product

    rng = np.random.default_rng(0)
    kernel, x = rng.normal(size=(3, 5)), rng.normal(size=(2, 4, 5, 7))
    ours, theirs = gradients(shared_product, kernel, x), gradients(tf.matmul, kernel, x)
    for value, wanted in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(value, wanted, rtol=1e-12)


@tensorflow_only
def test_gelu():
    from keras_sep.layers._backend import gelu

    x = np.linspace(-4, 4, 33)
    share = 0.5 + 0.5 * np.vectorize(math.erf)(x / np.sqrt(2))
    value, gradient = gradients(gelu, x)
    np.testing.assert_allclose(value, x * share, rtol=1e-6)  # TensorFlow's root of 2 is float32
    slope = share + x * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    np.testing.assert_allclose(gradient, 2 * value * slope, rtol=1e-10, atol=1e-15)


@tensorflow_only
def test_gelu_of_roots():
    from keras_sep.layers._backend import root_gelu

    h = np.linspace(-4, 4, 33)
    erf = np.vectorize(math.erf)(h)
    value, gradient = gradients(root_gelu, h)
    wanted = h + h * erf
    np.testing.assert_allclose(value, wanted, rtol=1e-12, atol=1e-15)
    slope = 1 + erf + 2 * h * np.exp(-(h**2)) / np.sqrt(np.pi)
    np.testing.assert_allclose(gradient, 2 * wanted * slope, rtol=1e-10, atol=1e-15)


@tensorflow_only
@pytest.mark.parametrize("name", NETWORKS)
def test_no_feature_map_is_sliced_slowly(name):
    """TensorFlow's own gradient of a slice takes ten times as long as that of a split."""
    import tensorflow as tf

    network = NETWORKS[name]()

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(network(x, training=True))
        return tape.gradient(loss, network.trainable_variables)

    graph = step.get_concrete_function(tf.TensorSpec((2, 6000, network.input_shape[-1]))).graph
    largest = max(math.prod(weight.shape) for weight in network.trainable_variables)
    sliced = [x for x in graph.get_operations() if x.type == "StridedSliceGrad"]
    assert not [x.name for x in sliced if x.outputs[0].shape.num_elements() > largest]
