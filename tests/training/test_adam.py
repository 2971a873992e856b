"""Adam of recipes against its formula in float64."""

import keras
import numpy as np
import pytest

from keras_sep.training import AdamL2


def test_a_row_that_is_looked_up_twice():
    """TensorFlow's gradient of it comes in parts, which add up."""
    weight = keras.Variable(np.ones((2, 1), "float32"))
    adam = AdamL2(1e-2, epsilon=1e-3)
    if keras.backend.backend() != "tensorflow":
        pytest.skip("others have whole gradients")
    import tensorflow as tf

    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(keras.ops.take(weight, [0, 0], axis=0))
    adam.apply([tape.gradient(loss, weight.value)], [weight])
    # of the summed gradient 2: the rate times m / (sqrt(v) + epsilon), less the bias correction
    correction = np.sqrt(1 - 0.999) / (1 - 0.9)
    step = 1e-2 * correction * 0.2 / (np.sqrt(0.004) + 1e-3)
    np.testing.assert_allclose(weight, [[1 - step], [1.0]], rtol=1e-6)


@pytest.mark.parametrize("settings", [{}, {"l2": 0.1}, {"beta_1": 0.8, "beta_2": 0.99}])
@pytest.mark.parametrize("amsgrad", [False, True])
def test_twenty_steps(settings, amsgrad):
    rng = np.random.default_rng(0)
    start = rng.normal(size=(3, 5)).astype("float32")
    gradients = rng.normal(size=(20, 3, 5)).astype("float32")
    weight = keras.Variable(start)
    adam = AdamL2(1e-2, epsilon=1e-3, amsgrad=amsgrad, **settings)
    for gradient in gradients:
        adam.apply([keras.ops.convert_to_tensor(gradient)], [weight])

    l2, beta_1, beta_2 = (
        settings.get(name, known) for name, known in (("l2", 0), ("beta_1", 0.9), ("beta_2", 0.999))
    )
    wanted, m, v, most = start.astype("float64"), 0, 0, 0
    for step, gradient in enumerate(gradients.astype("float64"), start=1):
        gradient = gradient + l2 * wanted
        m = beta_1 * m + (1 - beta_1) * gradient
        v = beta_2 * v + (1 - beta_2) * gradient**2
        most = np.maximum(most, v) if amsgrad else v
        rate = 1e-2 * np.sqrt(1 - beta_2**step) / (1 - beta_1**step)
        wanted = wanted - rate * m / (np.sqrt(most) + 1e-3)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(weight), wanted, rtol=1e-5, atol=1e-6)
    assert int(adam.iterations) == 20
