"""The post-filters that cluster embeddings: which bins go where, and the whole way to waveforms."""

import keras
import numpy as np
import pytest

from keras_sep import Separator, layers, ops

BATCH, FRAMES, BINS, CHANNELS, DIMS, SOURCES = 2, 7, 11, 3, 5, 4


@keras.saving.register_keras_serializable(package="tests")
class Places(keras.layers.Layer):
    """Adds a constant (bins, dims): an embedding that knows nothing but the bin."""

    def __init__(self, places, **kwargs):
        super().__init__(**kwargs)
        self.places = np.asarray(places)

    def call(self, x):
        return x + self.places

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "places": self.places.tolist()}


def data(spread=0.05):
    """Embeddings about one centre a source, which source that is, and a mixture."""
    rng = np.random.default_rng(0)
    which = rng.integers(SOURCES, size=(BATCH, FRAMES, BINS))
    centres = 3 * np.linalg.qr(rng.normal(size=(DIMS, DIMS)))[0][:SOURCES]
    embeddings = centres[which] + spread * rng.normal(size=(*which.shape, DIMS))
    mixture = rng.normal(size=(2, BATCH, FRAMES, BINS, CHANNELS))
    return embeddings.astype("float32"), which, tuple(mixture.astype("float32"))


def run(layer, embeddings, mixture):
    real, imag = (keras.ops.convert_to_numpy(x) for x in layer(embeddings, mixture))
    assert real.shape == imag.shape == (BATCH, FRAMES, BINS, CHANNELS, SOURCES)
    return real + 1j * imag


def shares(stems, mixture):
    """Masks, which the channels share: (batch, frames, bins, sources)."""
    masks = stems / (mixture[0] + 1j * mixture[1])[..., None]
    np.testing.assert_allclose(masks.imag, 0, atol=1e-4)
    np.testing.assert_allclose(masks, masks[:, :, :, :1] + 0 * masks, atol=1e-4)
    return masks[:, :, :, 0].real


def test_binary_masks_give_each_cluster_its_bins_of_the_mixture():
    embeddings, which, mixture = data()
    masks = shares(run(layers.ClusterMasks(SOURCES), embeddings, mixture), mixture)
    for found, true in zip(masks.round(5), which, strict=True):
        assert set(np.unique(found)) == {0, 1}
        # one column of found masks for one source, in whatever order
        table = found.reshape(-1, SOURCES).T @ np.eye(SOURCES)[true.ravel()]
        assert (np.sort(table, axis=0)[:-1] == 0).all()
        assert (np.sort(table, axis=1)[:, :-1] == 0).all()


@pytest.mark.parametrize("softness", [0.0, 0.7])
def test_the_sources_sum_to_the_mixture(softness):
    embeddings, _, mixture = data(spread=1.0)
    stems = run(layers.ClusterMasks(SOURCES, softness), embeddings, mixture)
    np.testing.assert_allclose(stems.sum(-1), mixture[0] + 1j * mixture[1], atol=1e-6)


def test_soft_masks_are_a_softmax_of_squared_distances():
    embeddings, _, mixture = data(spread=1.0)
    centroids, _ = ops.kmeans(embeddings.reshape(BATCH, -1, DIMS), SOURCES)
    centroids = keras.ops.convert_to_numpy(centroids)[:, None, None]
    distances = ((embeddings[:, :, :, None] - centroids) ** 2).sum(-1)
    chances = np.exp(-distances / 0.7)
    layer = layers.ClusterMasks(SOURCES, softness=0.7, silence_db=1000.0)
    masks = shares(run(layer, embeddings, mixture), mixture)
    # where the mixture is nearly zero the quotient has fewer digits
    np.testing.assert_allclose(masks, chances / chances.sum(-1, keepdims=True), atol=1e-4)


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_attractor_masks_are_those_of_the_clusters_centres(activation):
    embeddings, _, mixture = data(spread=1.0)
    centroids, _ = ops.kmeans(embeddings.reshape(BATCH, -1, DIMS), SOURCES)
    expected = ops.attractor_masks(embeddings, centroids, activation)
    layer = layers.AttractorMasks(SOURCES, activation, silence_db=1000.0)
    masks = shares(run(layer, embeddings, mixture), mixture)
    np.testing.assert_allclose(masks, keras.ops.convert_to_numpy(expected)[:, :, :, 0], atol=1e-4)


@pytest.mark.parametrize("layer", [layers.ClusterMasks(SOURCES), layers.AttractorMasks(SOURCES)])
def test_silent_bins_do_not_move_the_clusters(layer):
    embeddings, _, mixture = data()
    quiet = np.zeros((BATCH, FRAMES, BINS), bool)
    quiet[:, ::3] = True
    mixture = tuple(np.where(quiet[..., None], 1e-3, 1) * part for part in mixture)
    expected = run(layer, embeddings, mixture)
    moved = np.where(quiet[..., None], 50.0, embeddings)
    np.testing.assert_allclose(run(layer, moved, mixture)[~quiet], expected[~quiet], atol=1e-5)
    # which they would, were they heard
    loud = type(layer)(SOURCES, silence_db=1000.0)
    assert not np.allclose(run(loud, moved, mixture)[~quiet], expected[~quiet], atol=1e-2)


@pytest.mark.parametrize("layer", [layers.ClusterMasks, layers.AttractorMasks])
@pytest.mark.parametrize("level", [0.0, 1e-12, 1e6])
def test_any_level_of_mixture_and_embeddings_is_finite(layer, level):
    embeddings, _, mixture = data()
    quiet = tuple(level * part for part in mixture)
    assert np.isfinite(run(layer(SOURCES), embeddings, quiet)).all()
    assert np.isfinite(run(layer(SOURCES), level * embeddings, mixture)).all()


def test_two_tones_that_take_turns_are_told_apart():
    """From waveform to waveforms, with embeddings that anybody can see through: the loudness of
    the lower half of the bins."""
    samples = np.arange(4000)
    first, second = (
        np.sin(2 * np.pi * frequency * samples / 64) * (samples // 1000 % 2 == turn)
        for frequency, turn in ((5, 0), (20, 1))
    )
    mixture = (first + second)[None, :, None].astype("float32")
    stft = layers.STFT(64, 16)
    pair = stft(mixture)
    magnitude = keras.ops.convert_to_numpy(layers.Magnitude()(pair))[..., 0]
    low = magnitude[:, :, :13].sum(-1) > magnitude[:, :, 13:].sum(-1)
    embeddings = np.eye(2, dtype="float32")[low.astype(int)][:, :, None] + 0 * magnitude[..., None]
    stems = layers.ISTFT(64, 16)(layers.ClusterMasks(2)(embeddings, pair), length=4000)
    stems = keras.ops.convert_to_numpy(stems)[0, :, 0]
    # frames on a border between tones hold some of both
    inside = (samples % 1000 > 64) & (samples % 1000 < 936)
    errors = [
        min(np.abs(stems[inside, n] - tone[inside]).max() for n in range(2))
        for tone in (first, second)
    ]
    assert max(errors) < 1e-4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sources": 0}, "`sources` must be a positive integer. Received: sources=0"),
        (
            {"iterations": -1},
            "`iterations` must be a non-negative integer of at most 300. Received: iterations=-1",
        ),
        ({"softness": -0.1}, "`softness` must be a non-negative number. Received: softness=-0.1"),
    ],
)
def test_arguments_are_checked(arguments, message):
    with pytest.raises(ValueError, match=message):
        layers.ClusterMasks(**{"sources": 2, **arguments})


def test_a_separator_of_an_embedding_network(tmp_path):
    """Two tones at the same time: whatever the network, bins that hold one of them embed alike."""
    samples = np.arange(2000)
    tones = np.sin(2 * np.pi * np.array([[5], [20]]) * samples / 64)
    mixture = tones.sum(0)[None, :, None].astype("float32")
    inputs = keras.Input((None, 33, 1))
    below = np.repeat([1.0, 0.0], [13, 20]).reshape(33, 1).astype("float32")
    where = np.concatenate([below, 1 - below], axis=-1)
    silent = keras.layers.Dense(2, use_bias=False, kernel_initializer="zeros")(inputs)
    network = keras.Model(inputs, Places(where)(silent))
    separator = Separator(
        network, 8000, ("one", "other"), layers.STFT(64, 16), layers.ClusterMasks(2)
    )
    stems = keras.ops.convert_to_numpy(separator(mixture))[0, :, 0]
    assert stems.shape == (2000, 2)
    # ends of the signal spread each tone over all bins
    inside = slice(64, -64)
    for tone in tones:
        assert min(np.abs(stems[inside, n] - tone[inside]).max() for n in range(2)) < 1e-3
    separator.save(tmp_path / "tones.keras")
    again = keras.saving.load_model(tmp_path / "tones.keras")
    np.testing.assert_array_equal(separator.predict(mixture), again.predict(mixture))
