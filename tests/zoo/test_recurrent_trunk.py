"""The trunk of the networks that mask and cluster: features, statistics, padding."""

import keras
import numpy as np
import pytest

from keras_sep import zoo

BATCH, FRAMES, BINS, CHANNELS = 2, 7, 13, 3
SMALL = {"bins": BINS, "channels": CHANNELS, "units": 5, "layers": 2, "dropout": 0.0}
BUILDERS = {
    "mask_inference": lambda **sizes: zoo.mask_inference(3, **sizes),
    "deep_clustering": zoo.deep_clustering,
    "chimera": zoo.chimera,
    "deep_attractor": zoo.deep_attractor,
    "anchored": lambda **sizes: zoo.deep_attractor(sources=3, anchors=4, **sizes),
}
every_builder = pytest.mark.parametrize("name", sorted(BUILDERS))


def mixture(frames=FRAMES, seed=0):
    x = np.random.default_rng(seed).random((BATCH, frames, BINS, CHANNELS), "float32")
    return 1e-3 + 4 * x


def arrays(outputs):
    return [keras.ops.convert_to_numpy(x) for x in keras.tree.flatten(outputs)]


def test_features_are_standardised_decibels():
    network = zoo.deep_clustering(**SMALL)
    norm = network.get_layer("standardisation")
    rng = np.random.default_rng(1)
    mean, variance = rng.normal(-30, 9, BINS * CHANNELS), rng.uniform(50, 90, BINS * CHANNELS)
    norm.set_weights([mean, variance])
    features = keras.Model(network.input, norm.output)
    x = mixture()
    wanted = (20 * np.log10(x.astype(np.float64)).reshape(BATCH, FRAMES, -1) - mean) / np.sqrt(
        variance + 1e-3
    )
    # float32 of numbers up to a few
    np.testing.assert_allclose(features(x), wanted, atol=1e-5)


def test_training_learns_the_statistics_of_the_decibels():
    network = zoo.deep_clustering(**SMALL)
    norm = network.get_layer("standardisation")
    features = keras.Model(network.input, norm.output)
    x = mixture(frames=101)
    for _ in range(100):  # each closes a tenth of the distance
        features(x, training=True)
    mean, variance = norm.get_weights()
    decibels = 20 * np.log10(x.astype(np.float64)).reshape(-1, BINS * CHANNELS)
    np.testing.assert_allclose(mean, decibels.mean(0), rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(variance, decibels.var(0), rtol=1e-3)


@every_builder
@pytest.mark.parametrize("training", [False, True])
def test_padding_changes_nothing(name, training):
    """Neither what comes out nor, in training, the statistics that go in."""
    padded, short = BUILDERS[name](**SMALL), BUILDERS[name](**SMALL)
    short.set_weights(padded.get_weights())
    x = mixture(frames=11)
    x[:, FRAMES:] *= 1e3
    mask = np.arange(11) < [[FRAMES]] * BATCH
    results = arrays(padded(x, mask=keras.ops.convert_to_tensor(mask), training=training))
    for result, wanted in zip(
        results, arrays(short(x[:, :FRAMES], training=training)), strict=True
    ):
        # the same sums in another order
        np.testing.assert_allclose(result[:, :FRAMES], wanted, rtol=1e-5, atol=1e-5)
    statistics = (model.get_layer("standardisation").get_weights() for model in (padded, short))
    for ours, theirs in zip(*statistics, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)


@pytest.mark.parametrize("name", ["anchored", "chimera"])
def test_silence_is_finite(name):
    """Forward, backward, and after a step: the embeddings of silence may all be zero."""
    network = BUILDERS[name](**{**SMALL, "layers": 1, "bidirectional": False})
    x = np.zeros((BATCH, FRAMES, BINS, CHANNELS), "float32")
    targets = keras.tree.map_structure(
        lambda y: np.ones((BATCH, FRAMES, *y.shape[2:])), network.output
    )
    losses = keras.tree.map_structure(lambda _: "mse", network.output)
    network.compile(keras.optimizers.SGD(1.0), loss=losses)
    history = network.fit(x, targets, epochs=2, verbose=0).history["loss"]
    assert np.isfinite(history).all()
    assert all(np.isfinite(result).all() for result in arrays(network(x)))


@every_builder
def test_every_channel_is_heard(name):
    network = BUILDERS[name](**SMALL)
    x = mixture()
    for channel in range(CHANNELS):
        changed = x.copy()
        changed[..., channel] *= 3
        for before, after in zip(arrays(network(x)), arrays(network(changed)), strict=True):
            others = [n for n in range(CHANNELS) if n != channel] if before.ndim == 5 else ...
            moved = np.abs(after - before)[:, :, :, others]
            assert moved.max() > 1e-4


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"units": 0}, "`units` must be a positive integer. Received: units=0"),
        ({"cell": "rnn"}, "`cell` must be one of ['gru', 'lstm']. Received: cell='rnn'"),
        ({"dropout": 1.0}, "`dropout` must be a number in [0, 1). Received: dropout=1.0"),
    ],
)
def test_errors(arguments, text):
    with pytest.raises(ValueError) as error:
        zoo.deep_clustering(**{**SMALL, **arguments})
    assert text in str(error.value)
