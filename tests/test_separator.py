"""The separator: any length, one file, the laws of what goes through it."""

import subprocess
import sys

import keras
import numpy as np
import pytest

from keras_sep import Separator, layers, zoo

BINS, CHANNELS, RATE = 33, 2, 8000
SHORT_WINDOWS = layers.WienerFilter(1, window_frames=7)


def front_end():
    return layers.STFT(frame_length=64, hop_length=16)


def network(targets=("vocals", "drums"), seed=3):
    keras.utils.set_random_seed(seed)
    return zoo.open_unmix(
        targets, bins=BINS, channels=CHANNELS, hidden=6, layers=1, bidirectional=False
    )


def shares(*parts):
    """A network that gives each source a fixed share of the mixture's magnitude."""
    mixture = keras.Input((None, BINS, CHANNELS))
    return keras.Model(mixture, keras.ops.stack([mixture * part for part in parts], axis=-1))


def noise(samples, batch=3, channels=CHANNELS, seed=0):
    return np.random.default_rng(seed).normal(size=(batch, samples, channels)).astype("float32")


@pytest.mark.parametrize("samples", [1, 5, 31, 64, 997])
@pytest.mark.parametrize("post_filter", [None, layers.WienerFilter(0), SHORT_WINDOWS])
def test_shares_of_the_mixture(samples, post_filter):
    names = ("a", "b", "c")
    separator = Separator(shares(0.5, 0.25, 0.25), RATE, names, front_end(), post_filter)
    x = noise(samples)
    y = separator.predict(x, verbose=0)
    assert y.shape == (3, samples, CHANNELS, 3)
    if post_filter is None or post_filter.iterations == 0:
        # rounding of the transform and its inverse
        np.testing.assert_allclose(y, x[..., None] * [0.5, 0.25, 0.25], atol=2e-6)
    else:
        # a source in proportion to its power, 4 to 1 to 1; the noise of the filter takes from the
        # weakest bins, and in a single frame there are many
        wanted = x[..., None] * [4 / 6, 1 / 6, 1 / 6]
        np.testing.assert_allclose(y, wanted, atol=5e-2 if samples < 64 else 1e-3)


def test_one_graph_for_all_lengths():
    import tensorflow as tf

    separator = Separator(shares(0.75, 0.25), RATE, ("a", "b"), front_end(), SHORT_WINDOWS)
    function = tf.function(
        lambda x: separator(x, training=False),
        input_signature=[tf.TensorSpec((None, None, CHANNELS))],
    )
    for samples in (211, 997):
        x = noise(samples, batch=2)
        y = function(x)
        assert y.shape == (2, samples, CHANNELS, 2)
        # the filter divides by determinants near zero where a window has hardly more frames than
        # channels, and amplifies rounding there
        np.testing.assert_allclose(y, separator(x), atol=1e-3)
    assert function(noise(3)).shape == (3, 3, CHANNELS, 2)
    assert function.experimental_get_tracing_count() == 1


def test_items_of_a_batch_do_not_talk():
    separator = Separator(network(), RATE, ("vocals", "drums"), front_end(), SHORT_WINDOWS)
    x = noise(401)
    x[1] *= 100  # louder than the filter's peak, which is per item
    together = separator(x)
    for n in range(3):
        alone = separator(x[n : n + 1])
        np.testing.assert_allclose(together[n], alone[0], atol=1e-3 * np.abs(alone).max())


def test_one_network_a_source_is_the_same_as_one_for_all():
    both = network()
    singles = {"vocals": network(("vocals",), 1), "drums": network(("drums",), 2)}
    for single in singles.values():
        for layer in single.layers:
            if layer.weights:
                layer.set_weights(both.get_layer(layer.name).get_weights())
    x = noise(401)
    post_filter = layers.WienerFilter(1, window_frames=None, residual=True)
    apart = Separator(singles, RATE, None, front_end(), post_filter)
    together = Separator(both, RATE, ("vocals", "drums"), front_end(), post_filter)
    assert apart.source_names == together.source_names == ("vocals", "drums", "residual")
    # the same products, but rounded in another order on the way into the filter
    np.testing.assert_allclose(apart(x), together(x), atol=1e-4)


def test_networks_of_waveforms():
    mixture = keras.Input((None, CHANNELS))
    halves = keras.Model(mixture, keras.ops.stack([mixture * 0.5, mixture * 0.5], axis=-1))
    separator = Separator(halves, RATE, ("left", "right"))
    x = noise(101)
    np.testing.assert_array_equal(separator.predict(x, verbose=0)[..., 1], x / 2)
    assert separator.front_end is None
    assert separator.post_filter is None


def test_knows_itself():
    separator = Separator(network(), RATE, ("v", "d"), front_end(), license="CC BY 4.0")
    assert separator.sample_rate_hz == RATE
    assert separator.source_names == ("v", "d")
    assert separator.channels == CHANNELS
    assert separator.license == "CC BY 4.0"
    assert not separator.interchangeable_sources
    assert type(Separator(network(), 8000.0, ("v", "d"), front_end()).sample_rate_hz) is int
    assert separator.compute_output_shape((None, None, 2)) == (None, None, 2, 2)
    assert separator.compute_output_shape((3, 101, 2)) == (3, 101, 2, 2)


@pytest.mark.fault
def test_a_license_is_a_text_and_an_order_is_open_or_not():
    with pytest.raises(ValueError, match=r"`license` must be a text or None. Received: license=3"):
        Separator(network(), RATE, ("v", "d"), front_end(), license=3)
    with pytest.raises(ValueError, match="`interchangeable_sources` must be True or False"):
        Separator(network(), RATE, ("v", "d"), front_end(), interchangeable_sources="no")
    config = Separator(network(), RATE, ("v", "d"), front_end()).get_config()
    old = Separator.from_config({**config, "license": 3, "interchangeable_sources": 1})
    assert (old.license, old.interchangeable_sources) == ("3", True)


def test_loads_in_a_process_that_only_imports_the_package(tmp_path):
    post_filter = layers.WienerFilter(1, window_frames=5, residual=True)
    separator = Separator(
        {"vocals": network(("x",), 1), "drums": network(("x",), 2)},
        RATE,
        None,
        front_end(),
        post_filter,
        interchangeable_sources=True,
        license="CC0",
    )
    x = noise(203)
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", separator.predict(x, verbose=0))
    separator.save(tmp_path / "separator.keras")
    script = """
import sys
import keras_sep, keras
import numpy as np
folder = sys.argv[1]
separator = keras.saving.load_model(folder + "/separator.keras")
y = separator.predict(np.load(folder + "/x.npy"), verbose=0)
assert np.abs(y - np.load(folder + "/y.npy")).max() < 1e-6
assert separator.source_names == ("vocals", "drums", "residual"), separator.source_names
assert separator.interchangeable_sources and separator.license == "CC0"
assert separator.sample_rate_hz == 8000
"""
    run = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"source_names": ("a",)}, "`source_names` must name the 2 sources of the networks"),
        ({"source_names": None}, "Received: None"),
        ({"source_names": ("a", "a")}, "must differ from each other"),
        ({"networks": {}}, "`networks` must contain at least one model"),
        ({"sample_rate_hz": 0}, "`sample_rate_hz` must be a positive whole number. Received: 0"),
        ({"sample_rate_hz": 22050.5}, "must be a positive whole number. Received: 22050.5"),
        ({"sample_rate_hz": "44100"}, "must be a positive whole number. Received: '44100'"),
        ({"sample_rate_hz": 1e30}, "`sample_rate_hz` must be at most 16777216. Received: 1e+30"),
        ({"sample_rate_hz": 10**400}, "`sample_rate_hz` must be at most 16777216. Received: "),
        ({"sample_rate_hz": float("inf")}, "must be a positive whole number. Received: inf"),
        (
            {"front_end": layers.STFT(128, 16)},
            "`front_end` must give the 33 bins that `networks` read. Received: 65 bins",
        ),
        ({"front_end": None, "post_filter": layers.WienerFilter()}, "needs a `front_end`"),
        (
            {"networks": zoo.deep_clustering(bins=33, dims=3, units=2, layers=1)},
            "`post_filter` must make stems of embeddings, as `ClusterMasks` and",
        ),
        (
            {
                "networks": zoo.deep_clustering(bins=33, dims=3, units=2, layers=1),
                "post_filter": layers.WienerFilter(),
            },
            "`post_filter` must make stems of embeddings, as `ClusterMasks` and",
        ),
        (
            {"post_filter": layers.ClusterMasks(2)},
            "`post_filter` must filter estimates, as `ApplyMixturePhase` and",
        ),
    ],
)
def test_errors(arguments, text):
    whole = {
        "networks": shares(0.5, 0.5),
        "sample_rate_hz": RATE,
        "source_names": ("a", "b"),
        "front_end": front_end(),
    }
    with pytest.raises(ValueError) as error:
        Separator(**{**whole, **arguments})
    assert text in str(error.value)


def test_a_post_filter_of_any_axes():
    """Here a network's outputs are taken for masks of the pair."""
    separator = Separator(shares(0.5, 0.5), RATE, ("a", "b"), front_end(), layers.ApplyMask())
    assert separator(np.ones((1, 101, 2), "float32")).shape == (1, 101, 2, 2)


def complex_network(kind, sources=2):
    """A network from the complex spectrum to complex masks, or to complex spectra, of sources."""
    keras.utils.set_random_seed(5)
    pair = [keras.Input((None, BINS, CHANNELS), name=part) for part in ("real", "imag")]
    x = keras.layers.Dense(2 * CHANNELS * sources)(keras.layers.Concatenate()(pair))
    x = keras.layers.Reshape((-1, BINS, CHANNELS, sources, 2))(x)
    outputs = [x[..., 0], x[..., 1]]
    facts = zoo.Facts("spectrum", kind, context=(0, 0))
    return zoo.Network(pair, outputs, name=kind, facts=facts)


@pytest.mark.parametrize("kind", ["masks", "spectra"])
def test_networks_of_complex_spectra(kind, tmp_path):
    """Against the same in NumPy, complex numbers throughout, between our transforms."""
    network = complex_network(kind)
    separator = Separator(network, RATE, ("a", "b"), front_end())
    x = noise(401)
    real, imag = (keras.ops.convert_to_numpy(part) for part in front_end()(x))
    estimates = [keras.ops.convert_to_numpy(part) for part in network([real, imag])]
    spectra = estimates[0] + 1j * estimates[1]
    if kind == "masks":
        spectra = spectra * (real + 1j * imag)[..., None]
    wanted = front_end().inverse()(
        (spectra.real.astype("float32"), spectra.imag.astype("float32")), like=x
    )
    y = separator.predict(x, verbose=0)
    np.testing.assert_allclose(y, wanted, atol=1e-5 * np.abs(y).max())  # rounding in float32
    assert separator.post_filter is None
    assert separator.context_samples == 63  # of the frames that a sample lies in

    separator.save(tmp_path / "complex.keras")
    loaded = keras.saving.load_model(tmp_path / "complex.keras")
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), y)


@pytest.mark.parametrize("kind", ["masks", "spectra"])
def test_networks_of_complex_spectra_learn(kind):
    separator = Separator(complex_network(kind), RATE, ("a", "b"), front_end())
    separator.compile(keras.optimizers.Adam(0.05), loss=keras.losses.MeanSquaredError())
    x = noise(101, batch=4)
    stems = np.stack([0.75 * x, 0.25 * x], axis=-1)
    history = separator.fit(x, stems, epochs=30, batch_size=4, verbose=0).history["loss"]
    assert history[-1] < 0.1 * history[0]


def dense(shape, units, outputs):
    """A network from inputs of `shape` to what `outputs` makes of a dense layer."""
    x = keras.Input(shape)
    return keras.Model(x, outputs(keras.layers.Dense(units)(x)))


@pytest.mark.fault
@pytest.mark.parametrize(
    ("networks", "text"),
    [
        (lambda: dense((None, BINS, 2), 4, lambda y: [y, y]), "must give a pair of (batch, frames"),
        (
            lambda: dense((None, BINS, 2), 4, lambda y: [y, y, y]),
            "and give one or a pair. Received",
        ),
        (
            lambda: {"a": shares(1.0), "b": complex_network("spectra", sources=1)},
            "must all give magnitudes, or all give complex masks or spectra",
        ),
        (lambda: dense((None, BINS, 2), 4, lambda y: {"a": y}), "key 'estimates'. Received: "),
        (lambda: dense((None, 2), 4, lambda y: y), "must read (batch, frames, bins, channels)"),
        (
            lambda: dense((None, BINS, 2), 4, keras.layers.Reshape((-1, BINS, 2, 1, 2))),
            "`post_filter` must be one of your own for what the network gives",
        ),
        (lambda: keras.Sequential([keras.layers.Dense(3)]), "build them from a `keras.Input`"),
        (lambda: "open_unmix", "must be a Keras model, or a dict from names to models"),
        (
            lambda: {"a": shares(1.0), "b": zoo.unet(("b",), bins=BINS, channels=1, filters=(3,))},
            "must all read the same number of channels. Received: ",
        ),
    ],
)
def test_networks_that_do_not_fit_are_refused_in_words(networks, text):
    with pytest.raises(ValueError) as error:
        Separator(networks(), RATE, ("a", "b"), front_end())
    assert text in str(error.value)


@pytest.mark.fault
def test_networks_of_waveforms_that_do_not_fit_are_refused_in_words():
    flat = dense((None, 2), 4, lambda y: y)
    with pytest.raises(ValueError, match=r"must give \(batch, samples, channels, sources\)"):
        Separator(flat, RATE, ("a", "b"))
    with pytest.raises(ValueError, match=r"must read \(batch, samples, channels\) without"):
        Separator(shares(0.5, 0.5), RATE, ("a", "b"))
    with pytest.raises(ValueError, match=r"`front_end` must be a layer with a method `inverse\("):
        Separator(shares(0.5, 0.5), RATE, ("a", "b"), keras.layers.Dense(2))


@pytest.mark.fault
def test_an_empty_batch_gives_an_empty_batch():
    separator = Separator(zoo.wave_u_net(2, 2, filters=4, depth=2), RATE, ("a", "b"))
    assert separator(noise(101, batch=0)).shape == (0, 101, 2, 2)


def test_says_what_waveform_it_wants():
    separator = Separator(shares(0.5, 0.5), RATE, ("a", "b"), front_end())
    for wrong in (noise(101, channels=1), noise(101)[0]):
        with pytest.raises(ValueError) as error:
            separator(wrong)
        assert "must have shape (batch, samples, 2)" in str(error.value)
        assert str(wrong.shape) in str(error.value)


def test_waveforms_without_samples():
    separator = Separator(shares(0.5, 0.5), RATE, ("a", "b"), front_end())
    with pytest.raises(ValueError, match=r"at least one sample. Received: shape \(3, 0, 2\)"):
        separator(noise(0))
