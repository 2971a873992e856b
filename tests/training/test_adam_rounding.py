"""What Adam makes of gradients that are zero but for the order in which they are summed."""

import keras
import numpy as np

from keras_sep import zoo

RATE = 0.01
# a shift of the input is taken away again by the batch normalisation, which remembers it
WITHOUT_EFFECT = {"vocals_input/shift", "vocals_1_norm/moving_mean"}


def differences(epsilon):
    """Of the weights after 20 steps, if the four examples of a batch come in another order."""
    keras.utils.set_random_seed(3)
    network = zoo.open_unmix(("vocals",), bins=17, hidden=4, layers=1, bidirectional=False)
    optimizer = keras.optimizers.Adam(RATE, epsilon=epsilon)
    optimizer.build(network.trainable_variables)
    network.compile(optimizer, loss="mse", jit_compile=False)
    variables = [*network.variables, *optimizer.variables]
    begin = [keras.ops.convert_to_numpy(variable) for variable in variables]
    magnitudes = np.abs(np.random.default_rng(0).normal(size=(2, 20, 4, 5, 17, 2)))
    ends = []
    for order in ([0, 1, 2, 3], [2, 0, 3, 1]):
        for variable, value in zip(variables, begin, strict=True):
            variable.assign(value)
        x, y = magnitudes.astype("float32")[:, :, order].reshape((2, 80, 5, 17, 2))
        network.fit(x, y[..., None], batch_size=4, shuffle=False, verbose=0)
        ends.append(network.get_weights())
    names = [weight.path for weight in network.weights]
    return {
        name: np.max(np.abs(one - other)) for name, one, other in zip(names, *ends, strict=True)
    }


def test_only_weights_without_effect_depend_on_the_order_of_a_sum():
    """Divided by their own size, such gradients make steps of up to the rate; not with epsilon."""
    apart = differences(1e-7)
    assert {name for name, value in apart.items() if value > 1e-5} == WITHOUT_EFFECT
    assert max(apart.values()) < 20 * RATE
    assert max(differences(1e-3).values()) < 1e-5
