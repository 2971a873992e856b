"""Trainings that stop, by themselves or killed, and go on."""

import dataclasses
import time

import keras
import pytest
from small_runs import log, start, with_data, with_fit

from keras_sep import training
from keras_sep.training._training_state import read_state


def test_killed_training_goes_on(album, recipe, tmp_path):
    """SIGKILL in the middle of an epoch loses that one; the rest is as after an interruption."""
    recipe = with_fit(recipe, epochs=12, tensorboard=False)
    killed = start(recipe, album, tmp_path / "killed")
    deadline = time.monotonic() + 400
    while time.monotonic() < deadline and killed.poll() is None:
        path = tmp_path / "killed" / "log.csv"
        if path.is_file() and len(path.read_text().splitlines()) > 3:
            break
        time.sleep(0.02)
    killed.kill()
    killed.communicate()
    before = log(tmp_path / "killed")
    assert 3 <= len(before) < 12  # killed in the middle, not at the end
    path = training.train(recipe, album, tmp_path / "killed", resume=True, verbose=0)
    resumed = log(tmp_path / "killed")
    assert [row["epoch"] for row in resumed] == list(range(12))
    kept, _ = read_state(tmp_path / "killed" / "last.weights.h5")
    assert kept.epochs_done == 12
    assert kept.best == min(row["val_loss"] for row in resumed)
    # a row is written before the state, so that of the last epoch may have come twice
    assert resumed[: len(before) - 1] == before[:-1]
    assert keras.saving.load_model(path).source_names == ("vocals",)


def test_early_stopping_and_finished_trainings(album, recipe, tmp_path):
    """Patience survives in the checkpoint; a finished training does not train again."""
    recipe = with_fit(
        recipe, epochs=9, patience=2, plateau_patience=None, learning_rate=1e-30, tensorboard=False
    )
    # batch normalisation's statistics still move: freeze them so that nothing can improve
    recipe = with_data(recipe, incoherent=0.0)

    class Frozen(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["val_loss"] = 1.0

    train_epochs = []

    class Count(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            train_epochs.append(epoch)

    network = training.build_network(recipe)
    network.compile(training.build_optimizer(recipe), loss=training.build_loss(recipe))
    network.optimizer.build(network.trainable_variables)  # or `fit` traces twice
    tracks = training.training_audio(recipe, album)
    held_out = training.validation_audio(recipe, album)
    callbacks, checkpoints = training.build_callbacks(recipe, tmp_path, network, held_out)
    network.fit(
        training.training_dataset(recipe, tracks, tmp_path),
        epochs=9, callbacks=[Frozen(), *callbacks, Count()], shuffle=False, verbose=0,
    )  # fmt: skip
    assert train_epochs == [0, 1, 2]
    assert checkpoints.epochs_done == 3
    path = training.train(recipe, album, tmp_path, resume=True, verbose=0)
    assert path.is_file()
    assert len(log(tmp_path)) == 3


def test_time_limit_counts_across_resumes(album, recipe, tmp_path):
    """The clock stops training; here with the spectrograms on the device."""
    recipe = with_data(recipe, spectrograms="model")
    recipe = with_fit(recipe, epochs=10_000, time_limit_seconds=0.5, tensorboard=False)
    recipe = with_fit(recipe, plateau_patience=None, final_learning_rate=1e-5)
    path = training.train(recipe, album, tmp_path, verbose=0)
    assert keras.saving.load_model(path).source_names == ("vocals",)
    rows = log(tmp_path)
    assert rows[-1]["seconds"] >= 0.5
    assert all(row["seconds"] < 0.5 for row in rows[:-1])
    training.train(recipe, album, tmp_path, resume=True, verbose=0)
    assert log(tmp_path) == rows


def test_a_recipe_that_does_not_fit_leaves_the_old_one(album, recipe, tmp_path):
    recipe = with_fit(recipe, epochs=1, tensorboard=False)
    training.train(recipe, album, tmp_path, verbose=0)
    kept = (tmp_path / "recipe.yaml").read_text()
    wider = training.Named("open_unmix", {**recipe.model.arguments, "hidden": 8})
    with pytest.raises(
        ValueError,
        match=r"trained with a different recipe: `model\.arguments\.hidden` was 6 and is 8",
    ):
        training.train(dataclasses.replace(recipe, model=wider), album, tmp_path, resume=True)
    assert (tmp_path / "recipe.yaml").read_text() == kept
    longer = with_fit(recipe, epochs=2)
    training.train(longer, album, tmp_path, resume=True, verbose=0)
    assert training.Recipe.from_yaml(tmp_path / "recipe.yaml") == longer
