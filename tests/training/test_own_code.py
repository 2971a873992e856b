"""Recipes that name networks, losses and post-filters of the user's own."""

import sys
import textwrap

import keras
import numpy as np
import pytest

import keras_sep
from keras_sep import training
from keras_sep.training import Named, Recipe, build
from keras_sep_cli import main

MODULE = """
    import keras
    import keras_sep

    def network(sources, bins, channels, width=3):
        magnitude = keras.Input((None, bins, channels))
        x = keras.layers.Dense(bins * channels * sources, "sigmoid")(
            keras.layers.Dense(width)(keras.layers.Reshape((-1, bins * channels))(magnitude)))
        masks = keras.layers.Reshape((-1, bins, channels, sources))(x)
        return keras.Model(magnitude, masks * magnitude[..., None])

    @keras.saving.register_keras_serializable("mine")
    class Distance(keras_sep.losses.SeparationLoss):
        compares = "magnitudes"

        def __init__(self, power=2, **kwargs):
            super().__init__(**kwargs)
            self.power = power

        def call(self, y_true, y_pred, mask=None):
            return keras.ops.mean(keras.ops.abs(y_true - y_pred) ** self.power, axis=(1, 2, 3, 4))

    @keras.saving.register_keras_serializable("mine")
    class Halved(keras_sep.layers.PostFilter):
        def call(self, estimates, mixture_pair):
            return keras_sep.ops.apply_mixture_phase(0.5 * estimates, mixture_pair)

    number = 3
"""
RECIPE = """
    model: {name: "NAME:network", arguments: {width: 2}}
    sources: [drums, bass, other, vocals]
    targets: [vocals, drums]
    sample_rate_hz: 4000
    channels: 1
    stft: {frame_length: 64, hop_length: 16}
    data: {excerpt_seconds: 0.2, excerpts_per_track: 4}
    loss: {name: "NAME:Distance", arguments: {power: 1}}
    post_filter: "NAME:Halved"
    fit: {batch_size: 2, epochs: 1, tensorboard: false, page: false}
"""


@pytest.fixture
def module(request, tmp_path, monkeypatch):
    """A module of its own for every test: what one allows, the next must not find allowed."""
    name = f"own_{abs(hash(request.node.name))}"
    (tmp_path / f"{name}.py").write_text(textwrap.dedent(MODULE))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield name
    sys.modules.pop(name, None)


def written(module):
    return textwrap.dedent(RECIPE).replace("NAME", module)


def test_a_recipe_alone_runs_no_code_of_others(module, tmp_path):
    (tmp_path / "mine.yaml").write_text(written(module))
    with pytest.raises(ValueError, match=f"may run only if you say so: give --import {module}"):
        build.build_network(Recipe.from_yaml(tmp_path / "mine.yaml"))
    assert module not in sys.modules
    values = keras_sep._yaml.load(written(module))
    for name in (":x", "..:x", "a:", "os:path.x"):
        values |= {"model": name, "loss": "SpectrogramLoss"}
        with pytest.raises(ValueError, match=r"`model.name` must be a name, or package.module:n"):
            build.build_network(Recipe.from_mapping(values))
    values |= {"model": "os:system"}
    with pytest.raises(ValueError, match=r"`model.name` names code of the module .os., which"):
        build.build_network(Recipe.from_mapping(values))


def test_a_module_that_is_allowed_trains_and_separates(module, tmp_path, album, capfd):
    (tmp_path / "mine.yaml").write_text(written(module))
    arguments = ["--data", str(album), "--out", str(tmp_path / "out")]
    assert main(["train", str(tmp_path / "mine.yaml"), *arguments, "--import", module]) == 0
    separator = keras_sep.inference.load_separator(tmp_path / "out" / "separator.keras")
    assert type(separator.post_filter).__name__ == "Halved"
    assert separator(np.ones((1, 100, 1), "float32")).shape == (1, 100, 1, 2)
    assert main(["models", "--import", "no_such_module"]) == 1
    assert "no_such_module: cannot be imported (" in capfd.readouterr().err


def test_python_passes_the_thing_itself(module):
    own = __import__(module)
    named = Named(own.network, {"width": 2})
    assert named.name == f"{module}:network"
    values = keras_sep._yaml.load(written(module))
    network = build.build_network(Recipe.from_mapping({**values, "model": vars(named)}))
    assert isinstance(network, keras.Model)
    with pytest.raises(ValueError, match="must stand in a module by its own name"):
        Named(lambda: None)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("nothing", "has no attribute 'nothing'"),
        ("number", "`model.name` must be a class or a function. Received: 3"),
        ("Halved", "must be a function that returns a functional `keras.Model`. Received: "),
    ],
)
def test_what_is_no_network_is_named(module, name, text):
    training.allow(module)
    values = keras_sep._yaml.load(written(module))
    values["model"] = f"{module}:{name}"
    with pytest.raises(ValueError) as error:
        build.build_network(Recipe.from_mapping(values))
    assert text in str(error.value)
