"""Training from prepared data: the same batches as from the files, and what is refused."""

import dataclasses

import numpy as np
import pytest
from small_runs import log, small_recipe, with_data

from keras_sep import training
from keras_sep.data import Sampling, prepare
from keras_sep.training import Recipe, datasets
from keras_sep.training.score_settings import ScoreSettings


@pytest.fixture(scope="module")
def shards(album, tmp_path_factory):
    out = tmp_path_factory.mktemp("prepared") / "shards"
    prepare(album, out, dtype="float32")
    return out


def test_batches_are_those_of_the_files(album, shards, tmp_path):
    recipe = small_recipe()
    train, valid = ([], [])
    for root in (album, shards):
        audio = datasets.training_audio(recipe, root)
        train.append([*datasets.training_dataset(recipe, audio, tmp_path, epoch=3)])
        held_out = datasets.validation_audio(recipe, root)
        valid.append([*datasets.validation_dataset(recipe, held_out, tmp_path)])
    for one, other in (*zip(*train, strict=True), *zip(*valid, strict=True)):
        for array, same in zip(one, other, strict=True):
            np.testing.assert_array_equal(array, same)


def test_sampling_is_a_section_of_the_recipe(shards, album, tmp_path):
    recipe = with_data(small_recipe(epochs=1), sampling=Sampling("turns", -50.0, None, "length"))
    assert Recipe.from_yaml(_written(recipe, tmp_path)) == recipe
    mapping = {"model": "open_unmix", "sources": ["a"], "targets": ["a"]}
    given = Recipe.from_mapping({**mapping, "data": {"sampling": {"level_db": [-40, -10]}}})
    assert given.data.sampling == Sampling(level_db=(-40, -10))
    with pytest.raises(ValueError, match=r"`sounding` must be one of all, turns, any"):
        Recipe.from_mapping({**mapping, "data": {"sampling": {"sounding": "loud"}}})
    training.train(recipe, shards, tmp_path / "run", verbose=0)
    assert log(tmp_path / "run")[0]["loss"] > 0
    with pytest.raises(ValueError, match=r"levels of 'drums' are wanted.*keras-sep prepare"):
        training.train(recipe, album, tmp_path / "other", verbose=0)


def test_songs_are_scored_as_those_of_the_files(album, shards, tmp_path):
    recipe = small_recipe(epochs=1)
    fit = dataclasses.replace(recipe.fit, score=ScoreSettings("sdr"))
    scores = []
    for name, root in (("files", album), ("shards", shards)):
        training.train(dataclasses.replace(recipe, fit=fit), root, tmp_path / name, verbose=0)
        scores.append(log(tmp_path / name)[0]["val_sdr"])
    assert scores[0] == pytest.approx(scores[1], abs=1e-4)  # dB


def test_what_does_not_fit_the_recipe_is_said(shards, tmp_path):
    def trained(recipe):
        training.train(recipe, shards, tmp_path / "run", verbose=0)

    with pytest.raises(ValueError, match=r"prepared with sample_rate_hz=4000, but 8000 is wanted"):
        trained(dataclasses.replace(small_recipe(), sample_rate_hz=8000))
    with pytest.raises(ValueError, match=r"holds prepared data: `data.reader` must be 'soundfile'"):
        trained(with_data(small_recipe(), reader="tfio"))
    with pytest.raises(ValueError, match=r"no stem 'guitar'"):
        trained(dataclasses.replace(small_recipe(), sources=("vocals", "guitar")))
    with pytest.raises(ValueError, match=r"has no track nobody"):
        trained(with_data(small_recipe(), tracks=("nobody",)))


def _written(recipe, folder):
    path = folder / "recipe.yaml"
    path.write_text(recipe.to_yaml())
    return path
