"""Model files from outside: only separators, and none of their code."""

import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
from small import HOP, RATE, SOURCES, noise, small_network, small_separator

import keras_sep
from keras_sep.inference import CompiledSeparator, load_separator
from keras_sep.layers import WienerFilter


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    separator = small_separator()
    separator(np.zeros((1, 101, 2), "float32"))
    path = tmp_path_factory.mktemp("model") / "small.keras"
    separator.save(path)
    return separator, path


def test_a_saved_separator_comes_back(saved):
    separator, path = saved
    loaded = load_separator(path)
    signal = noise(701)
    stems = CompiledSeparator(loaded)(signal)
    np.testing.assert_array_equal(stems, CompiledSeparator(separator)(signal))


def test_a_wiener_filter_takes_the_place_of_the_post_filter(saved):
    separator, path = saved
    refined = load_separator(path, wiener_iterations=1)
    assert refined.post_filter.iterations == 1
    assert refined.source_names == separator.source_names
    signal = noise(701)
    stems = CompiledSeparator(refined)(signal)
    # its law, which the mixture's phase alone does not keep: sources sum to the mixture
    np.testing.assert_allclose(stems.sum(-1), signal, atol=1e-3)
    assert np.abs(CompiledSeparator(separator)(signal).sum(-1) - signal).max() > 0.1


@pytest.mark.parametrize("interchangeable", [False, True])
def test_with_a_wiener_filter_it_is_the_same_model_otherwise(tmp_path, interchangeable):
    separator = keras_sep.Separator(
        small_network(),
        RATE,
        SOURCES,
        keras_sep.layers.STFT(64, HOP),
        license="CC0-1.0",
        interchangeable_sources=interchangeable,
    )
    separator(np.zeros((1, 101, 2), "float32"))
    separator.save(tmp_path / "small.keras")
    loaded = load_separator(tmp_path / "small.keras", wiener_iterations=1)
    assert loaded.license == "CC0-1.0"
    assert loaded.interchangeable_sources is interchangeable


def test_settings_of_the_wiener_filter_that_is_there_stay(tmp_path):
    separator = small_separator(WienerFilter(2, window_frames=17, residual=True))
    separator(np.zeros((1, 101, 2), "float32"))
    separator.save(tmp_path / "wiener.keras")
    loaded = load_separator(tmp_path / "wiener.keras", wiener_iterations=1)
    assert (loaded.post_filter.iterations, loaded.post_filter.window_frames) == (1, 17)
    assert loaded.source_names == ("vocals", "drums", "residual")


def test_a_model_that_clusters_has_nothing_for_a_wiener_filter(tmp_path):
    separator = keras_sep.Separator(
        keras_sep.zoo.deep_clustering(bins=33, units=4, layers=1, dims=5),
        RATE,
        ("s1", "s2"),
        keras_sep.layers.STFT(64, HOP),
        keras_sep.layers.ClusterMasks(2),
    )
    path = tmp_path / "clusters.keras"
    separator.save(path)
    assert load_separator(path).source_names == ("s1", "s2")
    with pytest.raises(ValueError, match="with ClusterMasks gives embeddings, not magnitudes"):
        load_separator(path, wiener_iterations=1)


def test_a_trained_network_loads_where_its_optimizer_is_unknown(tmp_path):
    class Mine(keras.optimizers.Adam):
        """Registered nowhere, like a training script's own in the process that separates."""

    network = keras.models.clone_model(small_network())
    network.compile(Mine(), loss="mse")
    separator = keras_sep.Separator(network, RATE, SOURCES, keras_sep.layers.STFT(64, HOP))
    separator(np.zeros((1, 101, 2), "float32"))
    separator.save(tmp_path / "trained.keras")
    loaded = load_separator(tmp_path / "trained.keras")
    signal = noise(301)
    np.testing.assert_array_equal(
        CompiledSeparator(loaded)(signal), CompiledSeparator(separator)(signal)
    )


def refused(path, reason):
    with pytest.raises(ValueError, match=reason) as caught:
        load_separator(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_files_that_are_no_separator(tmp_path, saved):
    refused(tmp_path / "none.keras", "no such model file")
    empty = tmp_path / "empty.keras"
    empty.touch()
    refused(empty, "not a model")
    text = tmp_path / "text.keras"
    text.write_text("not a zip")
    refused(text, "not a model")
    zipped = tmp_path / "other.keras"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("readme.txt", "no model in here")
    refused(zipped, "not a model that can be loaded")
    cut = tmp_path / "cut.keras"
    cut.write_bytes(saved[1].read_bytes()[:-2000])
    refused(cut, "not a model")
    network = tmp_path / "network.keras"
    small_network().save(network)
    refused(network, "not a separator but a keras Network")


def test_code_in_a_model_file_is_not_run(tmp_path):
    marker = str(tmp_path / "ran")
    inputs = keras.Input((3,))
    outputs = keras.layers.Lambda(lambda x: (open(marker, "w").close(), x)[1])(inputs)
    model = keras.Model(inputs, outputs)
    Path(marker).unlink(missing_ok=True)
    model.save(tmp_path / "lambda.keras")
    refused(tmp_path / "lambda.keras", "not a model that can be loaded")
    assert not Path(marker).exists()
    # HDF5, which Keras also reads, where it does not look for lambdas
    h5 = tmp_path / "lambda.h5"
    h5.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    refused(h5, "not a model")
