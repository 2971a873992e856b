"""`keras-sep finetune`: from a separator and stems to another separator."""

import keras
import numpy as np
import pytest
from small_song import RATE

from keras_sep import data
from keras_sep.inference import load_separator
from keras_sep.training import Recipe
from keras_sep_cli.parser import parse


@pytest.fixture(scope="module")
def album(tmp_path_factory):
    root = tmp_path_factory.mktemp("album")
    return data.synthetic_band(root, train=1, valid=0, test=0, seconds=8.0, sample_rate_hz=RATE)


def test_a_separator_and_the_recipe_that_makes_it_again(run, model, album, tmp_path):
    out = tmp_path / "run"
    options = ("--lora", 2, "--train", "*_output", "--sources", "vocals,drums,bass,other")
    status, _, said = run(
        "finetune",
        model,
        "--data",
        album,
        "--out",
        out,
        *options,
        "--minutes",
        0.001,
        "--batch-size",
        32,
    )
    assert status == 0, said
    recipe = Recipe.from_yaml(out / "recipe.yaml")
    assert recipe.targets == ("vocals", "drums")
    assert recipe.start_from.weights == str(model.resolve())
    assert (recipe.start_from.lora.rank, recipe.start_from.train) == (2, ("*_output",))
    assert recipe.fit.learning_rate == 3e-4
    assert any(line.startswith(f"starts from {model}: ") for line in said)
    assert (out / "adapters.h5").is_file()
    before, after = (load_separator(path) for path in (model, out / "separator.keras"))
    moved = {
        mine.path.split("/")[-1]
        for mine, old in zip(after.networks.weights, before.networks.weights, strict=True)
        if np.any(keras.ops.convert_to_numpy(mine) != keras.ops.convert_to_numpy(old))
    }
    assert moved == {"kernel", "recurrent_kernel", "shift", "scale"}
    again = run("finetune", model, "--data", album, "--out", out, "--resume")
    assert again[0] == 0
    assert any("already finished" in line for line in again[2])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--lora", "0"], "'0' is not a number of 1 or more"),
        (["--sources", "vocals,,drums"], "must be names between commas"),
    ],
)
def test_options_that_say_nothing_are_refused(options, words, capsys):
    with pytest.raises(SystemExit):
        parse(["finetune", "umxhq", "--data", "d", "--out", "o", *options])
    assert words in capsys.readouterr().err


def test_a_model_that_is_missing_is_named(run, tmp_path):
    status, _, said = run("finetune", tmp_path / "no.keras", "--data", tmp_path, "--out", "o")
    assert status == 1
    assert len(said) == 1
    assert "no such model file" in said[0]
