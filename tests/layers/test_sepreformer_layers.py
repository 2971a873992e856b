"""The layers of SepReformer: gradients, and what they refuse. Their numbers are the golden ones."""

import keras
import numpy as np
import pytest

from keras_sep import layers
from keras_sep.layers import _backend
from keras_sep.testing import numpy


@pytest.mark.skipif(_backend.depthwise is None, reason="its gradient is the backend's")
@pytest.mark.parametrize(("frames", "taps"), [(11, 5), (3, 7), (1, 1)])
def test_the_gradient_of_a_long_convolution_is_its_formula(frames, taps):
    import tensorflow as tf

    rng = np.random.default_rng(2)
    x, kernel, weights = (
        rng.normal(size=shape) for shape in ((2, frames, 3), (taps, 3, 1), (2, frames, 3))
    )
    inputs = [tf.Variable(part, dtype="float32") for part in (x, kernel)]
    with tf.GradientTape() as tape:
        y = _backend.depthwise(*(tf.convert_to_tensor(part) for part in inputs))
        total = tf.reduce_sum(y * weights.astype("float32"))
    found = tape.gradient(total, inputs)
    wanted, d_x, d_kernel = np.zeros_like(x), np.zeros_like(x), np.zeros_like(kernel)
    for n in range(frames):
        for tap in range(taps):
            m = n + tap - taps // 2
            if 0 <= m < frames:
                wanted[:, n] += x[:, m] * kernel[tap, :, 0]
                d_x[:, m] += weights[:, n] * kernel[tap, :, 0]
                d_kernel[tap, :, 0] += (weights[:, n] * x[:, m]).sum(0)
    # sums of a few dozen numbers near one, in float32
    for ours, theirs in zip((y, *found), (wanted, d_x, d_kernel), strict=True):
        np.testing.assert_allclose(numpy(ours), theirs, atol=1e-5)


def test_training_and_inference_convolve_alike():
    """With the statistics of the batch, the two ways differ by rounding."""
    layer = layers.ConvLocalAttention(5, initial_scale=1.0)
    x = np.random.default_rng(3).normal(size=(2, 3, 17, 6)).astype("float32")
    layer.build(x.shape)
    layer.norm.momentum = 0.0
    trained = numpy(layer(x, training=True))
    np.testing.assert_allclose(numpy(layer(x, training=False)), trained, atol=1e-5)


@pytest.mark.fault
@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: layers.GatedConvFeedForward(kernel_size=4), "`kernel_size` must be odd"),
        (lambda x: layers.ConvLocalAttention(6), "`kernel_size` must be odd"),
        (lambda x: layers.SourceAttention(4)(x[:, None]), "`heads` must divide the features"),
        (
            lambda x: layers.PooledAttention(2, 4)((x, np.zeros((3, 3, 3), "float32"))),
            "must be 3 numbers for each pair of averages of 4 frames",
        ),
        (
            lambda x: layers.PooledAttention(2, 4)((x, np.zeros((2, 5, 2), "float32"))),
            "must be 3 numbers",
        ),
    ],
)
def test_what_does_not_fit_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call(keras.ops.zeros((2, 8, 6)))
