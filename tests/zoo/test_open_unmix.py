"""Open-Unmix against the paper's figure written out in NumPy, and the laws it obeys."""

import keras
import numpy as np
import pytest
from scipy.special import expit

from keras_sep import layers, zoo

FRAMES, BINS, CHANNELS, HIDDEN = 7, 13, 3, 10


def randomised(model, seed=0):
    """The model with random weights everywhere, statistics of batch normalisation included."""
    rng = np.random.default_rng(seed)
    for variable in model.variables:
        if "seed_generator" in variable.path:
            continue
        value = rng.normal(0, 0.5, variable.shape)
        variable.assign(np.abs(value) + 0.5 if "moving_variance" in variable.path else value)
    return model


def mixture(seed=0, batch=2, frames=FRAMES):
    return np.random.default_rng(seed).random((batch, frames, BINS, CHANNELS), "float32") * 4


def written_out(model, target, x, bandwidth_bins, layers, bidirectional):
    """The network of the paper's figure in float64, from the weights of `model`."""

    def weights(stage):
        layer = model.get_layer(f"{target}_{stage}")
        return [np.asarray(w, np.float64) for w in layer.get_weights()]

    def norm(x, stage):
        gamma, beta, mean, variance = weights(stage)
        return (x - mean) / np.sqrt(variance + 1e-5) * gamma + beta

    def lstm(x, kernel, recurrent, bias):
        h = c = np.zeros((len(x), recurrent.shape[0]))
        outputs = []
        for t in range(x.shape[1]):
            i, f, g, o = np.split(x[:, t] @ kernel + h @ recurrent + bias, 4, axis=-1)
            c = expit(f) * c + expit(i) * np.tanh(g)
            h = expit(o) * np.tanh(c)
            outputs.append(h)
        return np.stack(outputs, axis=1)

    full = np.asarray(x, np.float64)
    batch, frames = full.shape[:2]
    shift, scale = (w[:, None] for w in weights("input"))
    y = (full[:, :, :bandwidth_bins] + shift) * scale
    y = np.tanh(norm(y.reshape(batch, frames, -1) @ weights("1")[0], "1_norm"))
    encoded = y
    stack = model.get_layer(f"{target}_recurrent")
    for n in range(layers):
        forward = lstm(y, *(np.asarray(w) for w in stack.forward_layers[n].get_weights()))
        outputs = [forward]
        if bidirectional:
            backward = (np.asarray(w) for w in stack.backward_layers[n].get_weights())
            outputs.append(lstm(y[:, ::-1], *backward)[:, ::-1])
        y = np.concatenate(outputs, axis=-1)
    y = np.concatenate([encoded, y], axis=-1)
    y = np.maximum(norm(y @ weights("2")[0], "2_norm"), 0)
    y = norm(y @ weights("3")[0], "3_norm").reshape(full.shape)
    shift, scale = (w[:, None] for w in weights("output"))
    return np.maximum(y * scale + shift, 0) * full


@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize(("layers", "bandwidth_bins"), [(3, 11), (1, None)])
def test_is_the_network_of_the_paper(bidirectional, layers, bandwidth_bins):
    model = zoo.open_unmix(
        ("vocals", "drums"),
        bins=BINS,
        channels=CHANNELS,
        hidden=HIDDEN,
        layers=layers,
        bidirectional=bidirectional,
        bandwidth_bins=bandwidth_bins,
    )
    randomised(model)
    x = mixture()
    y = keras.ops.convert_to_numpy(model(x))
    assert y.shape == (2, FRAMES, BINS, CHANNELS, 2)
    for n, target in enumerate(("vocals", "drums")):
        wanted = written_out(model, target, x, bandwidth_bins or BINS, layers, bidirectional)
        # float32 against float64 through a network this shallow
        np.testing.assert_allclose(y[..., n], wanted, atol=2e-5 * np.abs(wanted).max())


def test_targets_do_not_share_anything():
    model = randomised(zoo.open_unmix(("a", "b"), bins=BINS, channels=CHANNELS, hidden=HIDDEN))
    x = mixture()
    before = keras.ops.convert_to_numpy(model(x))
    for layer in model.layers:
        if layer.name.startswith("a_"):
            for weight in layer.weights:
                weight.assign(weight + 0.25)
    after = keras.ops.convert_to_numpy(model(x))
    assert np.abs(after - before)[..., 0].max() > 1e-3
    np.testing.assert_array_equal(after[..., 1], before[..., 1])


def test_without_the_backward_direction_the_past_does_not_see_the_future():
    x = mixture(frames=11)
    changed = x.copy()
    changed[:, 6:] += 1
    for bidirectional, moves in ((False, False), (True, True)):
        model = zoo.open_unmix(
            "vocals", bins=BINS, channels=CHANNELS, hidden=HIDDEN, bidirectional=bidirectional
        )
        randomised(model)
        moved = np.abs(keras.ops.convert_to_numpy(model(x) - model(changed)))[:, :6].max()
        assert (moved > 1e-4) == moves


def test_reads_the_band_and_estimates_everything():
    model = zoo.open_unmix("vocals", bins=BINS, channels=CHANNELS, hidden=HIDDEN, bandwidth_bins=5)
    randomised(model)
    x = mixture()
    changed = x.copy()
    changed[:, :, 5:] *= 2
    y, z = (keras.ops.convert_to_numpy(model(value)) for value in (x, changed))
    np.testing.assert_array_equal(y[:, :, :5], z[:, :, :5])
    # the same mask on twice the magnitude
    np.testing.assert_allclose(2 * y[:, :, 5:], z[:, :, 5:], rtol=1e-6)
    assert y[:, :, 5:].max() > 0


def test_input_starts_from_the_statistics():
    mean, scale = np.linspace(1, 2, BINS), np.linspace(3, 4, BINS)
    model = zoo.open_unmix(
        bins=BINS, channels=CHANNELS, hidden=HIDDEN, bandwidth_bins=11, mean=mean, scale=scale
    )
    x = mixture()[:, :, :11]
    y = model.get_layer("vocals_input")(x)
    wanted = (x - mean[:11, None]) / scale[:11, None]
    np.testing.assert_allclose(y, wanted, atol=1e-6)


def test_silence_stays_silence_with_finite_gradients():
    import tensorflow as tf

    model = zoo.open_unmix(bins=BINS, channels=CHANNELS, hidden=HIDDEN)
    x = np.zeros((2, FRAMES, BINS, CHANNELS), "float32")
    with tf.GradientTape() as tape:
        y = model(x, training=True)
        loss = tf.reduce_mean(tf.abs(y - 1.0))
    assert np.abs(y).max() == 0
    gradients = tape.gradient(loss, model.trainable_weights)
    assert all(np.isfinite(gradient).all() for gradient in gradients)


def test_every_weight_learns():
    import tensorflow as tf

    model = zoo.open_unmix(("a", "b"), bins=BINS, channels=CHANNELS, hidden=HIDDEN)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(model(mixture(), training=True) ** 2)
    gradients = tape.gradient(loss, model.trainable_weights)
    for weight, gradient in zip(model.trainable_weights, gradients, strict=True):
        assert gradient is not None, weight.path
        assert np.abs(gradient).max() > 0, weight.path


def test_learns_with_fit_and_survives_a_file(tmp_path):
    model = zoo.open_unmix(("a", "b"), BINS, CHANNELS, hidden=HIDDEN, layers=1, bidirectional=False)
    x = mixture(batch=4)
    target = np.stack([0.25 * x, 0.75 * x], axis=-1)
    model.compile(keras.optimizers.Adam(0.01), loss="mse")
    model.optimizer.build(model.trainable_variables)  # or `fit` traces twice
    history = model.fit(x, target, epochs=15, verbose=0).history["loss"]
    assert history[-1] < 0.7 * history[0]
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    y = model.predict(x, verbose=0)
    np.testing.assert_array_equal(again.predict(x, verbose=0), y)
    assert again.predict(mixture(batch=1, frames=3), verbose=0).shape[1] == 3


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"targets": ()}, "`targets` must be different names. Received: targets=()"),
        ({"targets": ("a", "a")}, "`targets` must be different names"),
        ({"targets": "mixture"}, "`targets` must not give two layers the same name. Received: tar"),
        ({"targets": ("a", "a_1")}, "targets=('a', 'a_1') (The name \"a_1\" is used 2 times"),
        ({"targets": ("a b", "a_b")}, "`targets` must not give two layers the same name"),
        ({"bandwidth_bins": 99}, "Received: bandwidth_bins=99, bins=13"),
        ({"hidden": 7}, "`hidden` must be even, half for each direction. Received: hidden=7"),
    ],
)
def test_errors(arguments, text):
    with pytest.raises(ValueError) as error:
        zoo.open_unmix(**{"bins": BINS, "hidden": HIDDEN, **arguments})
    assert text in str(error.value)


def test_targets_of_any_name(tmp_path):
    targets = ("lead vocals", "a/b", "été", "_x")
    model = zoo.open_unmix(targets, bins=BINS, channels=CHANNELS, hidden=2, layers=1)
    assert model.get_layer("lead_vocals_mask")
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(mixture()), model(mixture()))


@pytest.mark.fault
def test_a_padded_batch_is_refused_in_words(tmp_path):
    network = zoo.open_unmix(("vocals",), bins=17, hidden=4, layers=1)
    x = np.ones((2, 7, 17, 2), "float32")
    padded = layers.LengthMask()([x, np.array([3, 7])])
    with pytest.raises(ValueError, match=r"open_unmix takes no mask.* of one length"):
        network(padded)
    network.save(tmp_path / "network.keras")
    again = keras.saving.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(again(x), network(x))
