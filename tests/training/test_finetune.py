"""Trainings that start from the weights of a separator."""

import dataclasses
import doctest
import re
from pathlib import Path

import keras
import numpy as np
import pytest
from small_runs import with_fit

from keras_sep import Separator, layers, training, zoo
from keras_sep.inference import load_separator
from keras_sep.training import Recipe
from keras_sep.training.take_over import start_of, take_over

PAGE = Path(__file__).resolve().parents[2] / "docs" / "finetuning.md"
BAND = ["drums", "bass", "other", "vocals"]
SHORT = {
    "data": {"excerpt_seconds": 0.4, "excerpts_per_track": 4},
    "fit": {"batch_size": 4, "epochs": 2, "learning_rate": 0.01, "tensorboard": False,
            "page": False},
}  # fmt: skip


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """A separator of two targets, none of whose weights are as new ones are."""
    keras.utils.set_random_seed(3)
    network = zoo.open_unmix(
        ("vocals", "drums"), bins=65, hidden=8, layers=1, bidirectional=False, dropout=0.1
    )
    rng = np.random.default_rng(5)
    network.set_weights([x + 0.05 * rng.random(x.shape) for x in network.get_weights()])
    separator = Separator(
        network, 4000, ("vocals", "drums"), layers.STFT(128, 32, padding="zeros"),
        layers.WienerFilter(1, 32, residual=True), license="MIT (band)",
    )  # fmt: skip
    path = tmp_path_factory.mktemp("start") / "band.keras"
    separator.save(path)
    return path


@pytest.fixture(scope="module")
def speakers(tmp_path_factory):
    """A separator of waveforms with two sources."""
    network = zoo.conv_tasnet(
        sources=2, channels=1, filters=8, kernel_size=16, bottleneck=6, hidden=10, blocks=2,
        repeats=1,
    )  # fmt: skip
    path = tmp_path_factory.mktemp("speakers") / "two.keras"
    Separator(network, 4000, ("vocals", "drums")).save(path)
    return path


def recipe_from(start, **more):
    return Recipe.from_mapping({"sources": BAND, **SHORT, **more, "start_from": start})


def weights(path):
    network = load_separator(path).networks
    return {x.path: keras.ops.convert_to_numpy(x) for x in network.weights}


def changed(before, after):
    assert before.keys() == after.keys()
    return {name for name, value in before.items() if not np.array_equal(value, after[name])}


def test_what_follows_from_the_separator_is_filled_in(start, tmp_path):
    recipe = recipe_from(str(start))
    assert (recipe.targets, recipe.sample_rate_hz, recipe.channels) == (
        ("vocals", "drums"),
        4000,
        2,
    )
    assert recipe.model.name == "open_unmix"
    assert recipe.model.arguments["hidden"] == 8
    assert "targets" not in recipe.model.arguments
    assert (recipe.stft.frame_length, recipe.stft.hop_length, recipe.stft.padding) == (
        128, 32, "zeros",
    )  # fmt: skip
    assert recipe.post_filter.name == "WienerFilter"
    assert recipe.post_filter.arguments["residual"] is True
    assert recipe.license == "MIT (band); fine-tuned from band.keras"
    kept = tmp_path / "recipe.yaml"
    kept.write_text(recipe.to_yaml().replace(str(start), "gone.keras"))
    gone = dataclasses.replace(recipe.start_from, weights="gone.keras")  # which nobody looks for
    assert Recipe.from_yaml(kept) == dataclasses.replace(recipe, start_from=gone)


def test_only_the_layers_named_are_trained(start, album, tmp_path, capsys):
    recipe = recipe_from({"weights": str(start), "train": ["vocals_3*", "*_output"]})
    path = training.train(recipe, album, tmp_path / "run")
    named = {f"{x}_output/{y}" for x in ("vocals", "drums") for y in ("shift", "scale")}
    named |= {"vocals_3/kernel"}
    assert changed(weights(start), weights(path)) == named
    said = capsys.readouterr().err
    total, count = sum(x.size for x in weights(start).values()), len(weights(start))
    weighed = f"{total:,} of {total:,} numbers, {count} of {count} weights"
    assert [line for line in said.splitlines() if line.startswith("starts from ")] == [
        f"starts from {start}: {weighed}"
    ]
    # the dense kernel 8 x 130, and two shifts and two scales of 65 bins: twice in Adam, beside its
    # step and rate
    moved = 8 * 130 + 4 * 65
    share = f"{moved / total:.1%}"
    assert f"trained: {moved:,} of them, {share}; the optimizer keeps {2 * moved + 2:,}" in said
    separator = load_separator(path)
    assert separator.license == "MIT (band); fine-tuned from band.keras"
    assert separator.source_names == ("vocals", "drums", "residual")
    assert separator.front_end.get_config()["padding"] == "zeros"
    assert all(layer.trainable for layer in separator.networks.layers)


class Killed(keras.callbacks.Callback):
    """An end in the middle of the third epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self.epoch == 2:
            raise KeyboardInterrupt


def test_batch_normalisation_stays_as_it_is(start, album, tmp_path):
    """Whether all is trained or adapters are, its statistics are those of many more songs."""
    norms = {x for x in weights(start) if "_norm/" in x}
    assert len(norms) == 4 * 2 * 3  # of three layers of two targets
    for way in ({}, {"lora": {"rank": 1}}):
        path = training.train(
            recipe_from({"weights": str(start), **way}), album, tmp_path / f"kept {len(way)}"
        )
        moved = changed(weights(start), weights(path))
        assert moved
        assert not moved & norms
        config = load_separator(path).networks.get_config()  # nothing of it stays frozen
        assert all(x["config"].get("trainable", True) for x in config["layers"])
    recipe = recipe_from({"weights": str(start), "keep_statistics": False})
    path = training.train(recipe, album, tmp_path / "updated")
    assert norms <= changed(weights(start), weights(path))
    recipe = recipe_from({"weights": str(start), "train": ["*_norm"]})
    with pytest.raises(ValueError, match=r"keep_statistics` must be false .*_norm"):
        training.train(recipe, album, tmp_path / "nothing")


def test_excerpts_fill_the_windows_of_a_network(tmp_path):
    network = zoo.spleeter_unet(bins=65, bandwidth_bins=32, filters=(2, 3), window_frames=512)
    front_end = layers.STFT(128, 32, padding="zeros")
    Separator(network, 4000, ("vocals", "accompaniment"), front_end).save(tmp_path / "unet.keras")
    recipe = Recipe.from_mapping({"start_from": str(tmp_path / "unet.keras")})
    samples = round(recipe.data.excerpt_seconds * 4000)
    assert samples // 32 + 1 == 512 * 1  # frames of an excerpt; 6 s are 750
    assert recipe.data.incoherent == 0.5  # half of them as they are
    assert recipe.loss.arguments == {"norm": "l1"}  # Hennequin et al., 2020
    given = {"excerpt_seconds": 3.0, "incoherent": 1.0}
    recipe = Recipe.from_mapping({"start_from": str(tmp_path / "unet.keras"), "data": given})
    assert (recipe.data.excerpt_seconds, recipe.data.incoherent) == (3.0, 1.0)


@pytest.mark.parametrize("spectrograms", ["model"])
def test_killed_with_adapters_goes_on_exactly(start, album, tmp_path, spectrograms):
    """What is resumed, without the separator it started from, is what was never killed."""
    begun = tmp_path / "begun.keras"
    begun.write_bytes(start.read_bytes())
    data = {**SHORT["data"], "spectrograms": spectrograms}
    recipe = recipe_from(
        {"weights": str(begun), "lora": {"rank": 2, "alpha": 3}, "train": ["drums_1"]}, data=data
    )
    recipe = with_fit(recipe, epochs=4, ema_momentum=0.5)
    whole = training.train(recipe, album, tmp_path / "whole", verbose=0)
    with pytest.raises(KeyboardInterrupt):
        training.train(recipe, album, tmp_path / "cut", callbacks=[Killed()], verbose=0)
    begun.unlink()
    again = Recipe.from_yaml(tmp_path / "cut" / "recipe.yaml")
    resumed = training.train(again, album, tmp_path / "cut", resume=True, verbose=0)
    assert not changed(weights(whole), weights(resumed))
    moved = changed(weights(start), weights(resumed))
    kernels = {name for name, value in weights(start).items() if value.ndim == 2}
    assert moved == {name for name in kernels if min(weights(start)[name].shape) > 2}
    # the file of the adapters makes the same of the separator that they started from
    separator = load_separator(start)
    training.apply_adapters(separator.networks, tmp_path / "cut" / "adapters.h5")
    for name, value in weights(resumed).items():
        (mine,) = [x for x in separator.networks.weights if x.path == name]
        np.testing.assert_allclose(mine, value, atol=1e-6)  # a product in another order
    assert (tmp_path / "cut" / "adapters.h5").stat().st_size < resumed.stat().st_size


def test_a_new_head_for_new_sources(speakers, album, tmp_path, capsys):
    recipe = training.finetune_recipe(
        str(speakers), sources=BAND, targets=["bass", "other", "vocals"], train=["decoder"]
    )
    assert recipe.start_from.train == ("decoder", "masks")  # which could not be left frozen
    data = dataclasses.replace(recipe.data, excerpt_seconds=0.2, excerpts_per_track=4)
    recipe = with_fit(
        dataclasses.replace(recipe, data=data), epochs=1, tensorboard=False, page=False
    )
    path = training.train(recipe, album, tmp_path / "run")
    assert "starts anew, as its shape is another: masks" in capsys.readouterr().err
    assert load_separator(path).source_names == ("bass", "other", "vocals")
    before, after = weights(speakers), weights(path)
    assert changed(before, after) == {"decoder/kernel", "masks/dense/kernel", "masks/dense/bias"}
    frozen = dataclasses.replace(recipe.start_from, train=("decoder",))
    with pytest.raises(ValueError, match=r"must also name what starts anew, .*: masks"):
        training.check_start(dataclasses.replace(recipe, start_from=frozen))


def test_a_new_target_with_its_own_network_starts_from_the_first(start):
    recipe = recipe_from(str(start), targets=["bass", "drums"])
    network = training.build_network(recipe)
    separator = load_separator(start)
    begun = start_of(recipe, network, separator)
    take_over(begun)
    assert "bass starts from vocals" in begun.lines
    before = weights(start)
    for weight in network.weights:
        np.testing.assert_array_equal(weight, before[weight.path.replace("bass_", "vocals_")])


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"sample_rate_hz": 8000}, "`sample_rate_hz` must be 4000, as that of"),
        ({"channels": 1}, "`channels` must be 2"),
        ({"stft": {"frame_length": 128, "hop_length": 64}}, r"`stft\.hop_length` must be 32"),
        ({"model": {"name": "open_unmix", "arguments": {"hidden": 8}}}, "`model` must be the"),
    ],
)
def test_a_recipe_that_does_not_agree_is_refused(start, keys, words):
    with pytest.raises(ValueError, match=words):
        training.check_start(recipe_from(str(start), **keys))


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"weights": "x", "train": 3}, "`start_from.train` must be"),
        ({"weights": "x", "train": []}, "or name some weights"),
        ({"weights": "x", "train": "all", "lora": {"rank": 2}}, "must be patterns"),
        ({"weights": "x", "lora": {"rank": 0}}, "`start_from.lora.rank`"),
        ({"lora": {}}, "missing key `start_from.weights`"),
        ({"weights": "no_such_preset"}, "No published model is called"),
    ],
)
def test_a_section_that_says_nothing_sensible_is_refused(section, words):
    with pytest.raises(ValueError, match=words):
        recipe_from(section)


def test_a_pattern_that_names_nothing_is_refused(start, album, tmp_path):
    recipe = recipe_from({"weights": str(start), "train": ["encoder*"]})
    with pytest.raises(ValueError, match=r"`train` must name layers .*Received: encoder\*"):
        training.train(recipe, album, tmp_path / "run", verbose=0)


def test_adapters_of_another_network_are_refused(start, tmp_path):
    network = load_separator(start).networks
    path = tmp_path / "adapters.h5"
    training.save_adapters(training.enable_lora(network, 2), path)
    other = zoo.open_unmix(("vocals",), bins=33, hidden=8, layers=1)
    before = other.get_weights()
    with pytest.raises(ValueError, match="not adapters of this network"):
        training.apply_adapters(other, path)
    for mine, value in zip(other.get_weights(), before, strict=True):
        np.testing.assert_array_equal(mine, value)


def test_the_page_is_true(start, tmp_path, monkeypatch):
    """The examples of docs/finetuning.md run, and its section of a recipe is one."""
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text(encoding="utf-8")
    parser, names = doctest.DocTestParser(), {"keras": keras}
    for block in re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        test = parser.get_doctest(block, names, PAGE.name, str(PAGE), 0)
        assert doctest.DocTestRunner().run(test).failed == 0
    (section,) = re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    Path("recipe.yaml").write_text(section.replace("runs/first/separator.keras", str(start)))
    recipe = Recipe.from_yaml("recipe.yaml")
    assert recipe.start_from.lora == training.LoRASettings(8, 16, ("*recurrent*",))
    assert recipe.sample_rate_hz == 4000
