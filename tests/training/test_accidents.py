"""Trainings that go wrong, are resumed, or are resumed with something else than before."""

import json
import math
import shutil

import h5py
import keras
import numpy as np
import pytest
from small_runs import log, with_fit

import keras_sep_cli
from keras_sep import training
from keras_sep.training.stop_at_nan import StopAtNaN

pytestmark = pytest.mark.fault


@pytest.fixture(scope="module")
def small():
    """One epoch takes a tenth of a second, and its loss depends on the dropout."""
    return training.Recipe.from_mapping(
        {
            "model": {
                "name": "open_unmix",
                "arguments": {"hidden": 4, "layers": 2, "bidirectional": False, "dropout": 0.5},
            },
            "sources": ["drums", "bass", "other", "vocals"],
            "targets": ["vocals"],
            "sample_rate_hz": 4000,
            "stft": {"frame_length": 64, "hop_length": 32},
            "data": {"excerpt_seconds": 0.4, "excerpts_per_track": 4},
            "fit": {"batch_size": 4, "epochs": 2, "learning_rate": 0.01, "tensorboard": False},
            "seed": 11,
        }
    )


@pytest.fixture(scope="module")
def trained(small, album, tmp_path_factory):
    """Two epochs, to be copied."""
    out = tmp_path_factory.mktemp("trained") / "out"
    training.train(small, album, out, verbose=0)
    return out


@pytest.fixture
def out(trained, tmp_path):
    return shutil.copytree(trained, tmp_path / "out")


class At(keras.callbacks.Callback):
    """Does something when an epoch begins."""

    def __init__(self, epoch, what):
        super().__init__()
        self.epoch, self.what = epoch, what

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            self.what(self.model)


def spoil(model):
    model.trainable_variables[0].assign(model.trainable_variables[0] * np.nan)


def kill(model):
    raise KeyboardInterrupt


def contents(path):
    """All arrays of a checkpoint, and its state but for the clock."""
    with h5py.File(path) as file:
        arrays = {}
        file.visititems(lambda name, item: arrays.update({name: np.array(item)})
                        if isinstance(item, h5py.Dataset) else None)  # fmt: skip
        state = json.loads(file.attrs["keras_sep_training_state"])
    state["counters"].pop("clock")
    return arrays, state


def test_a_resumed_training_is_the_unbroken_one_to_the_bit(small, album, tmp_path):
    """With dropout, falling rates, early stopping and a scaled loss."""
    recipe = with_fit(
        small, epochs=4, patience=3, plateau_patience=1, clip_norm=1.0, precision="mixed_float16"
    )
    training.train(recipe, album, tmp_path / "unbroken", verbose=0)
    with pytest.raises(KeyboardInterrupt):
        training.train(recipe, album, tmp_path / "killed", callbacks=[At(2, kill)], verbose=0)
    before = (tmp_path / "killed" / "recipe.yaml").read_text()
    training.train(recipe, album, tmp_path / "killed", resume=True, verbose=0)
    assert (tmp_path / "killed" / "recipe.yaml").read_text() == before
    (one, one_state), (two, two_state) = (
        contents(tmp_path / name / "last.weights.h5") for name in ("unbroken", "killed")
    )
    assert one_state == two_state
    assert len(one_state["seeds"]) >= 1
    assert one.keys() == two.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], two[name], err_msg=name)
    rows = [log(tmp_path / name) for name in ("unbroken", "killed")]
    assert [{**row, "seconds": 0} for row in rows[0]] == [{**row, "seconds": 0} for row in rows[1]]


def test_weights_that_become_nan_stop_the_training(small, album, tmp_path, capsys):
    """The epochs before are kept; with a lower rate it goes on from the last of them."""
    out, recipe = tmp_path / "out", with_fit(small, epochs=8)
    path = training.train(recipe, album, out, callbacks=[At(2, spoil)], verbose=0)
    said = capsys.readouterr().err
    assert "the loss is nan at step 1 of epoch 3; the state after epoch 2 is kept" in said
    assert "lower `fit.learning_rate` (now 0.01)" in said
    assert [math.isnan(row["loss"]) for row in log(out)] == [False, False, True]
    assert np.isfinite(keras.saving.load_model(path)(np.ones((1, 500, 2), "float32"))).all()

    lower = with_fit(small, epochs=3, learning_rate=1e-5)
    training.train(lower, album, out, resume=True, verbose=0)
    assert [row["epoch"] for row in log(out)] == [0, 1, 2]
    assert np.isfinite([row["val_loss"] for row in log(out)]).all()
    assert log(out)[-1]["learning_rate"] == pytest.approx(1e-5)


def test_the_command_ends_with_status_one_after_nan(small, album, tmp_path, monkeypatch, capsys):
    build = training.train.__globals__["build_callbacks"]

    def spoiling(*arguments):
        callbacks, checkpoints = build(*arguments)
        return [At(1, spoil), *callbacks], checkpoints

    monkeypatch.setitem(training.train.__globals__, "build_callbacks", spoiling)
    (tmp_path / "r.yaml").write_text(small.to_yaml())
    options = ["--data", str(album), "--out", str(tmp_path / "out")]
    assert keras_sep_cli.main(["train", str(tmp_path / "r.yaml"), *options]) == 1
    heard = capsys.readouterr()
    assert "the loss is nan at step 1 of epoch 2" in heard.err
    assert "next: keras-sep separate FILE --model" in heard.err
    # no terminal: one line for each epoch
    assert [line[:10] for line in heard.out.splitlines()] == ["epoch 1/2:", "epoch 2/2:"]


class Model:
    """As much of a model as `StopAtNaN` looks at."""

    def __init__(self, optimizer, weight=1.0):
        self.optimizer, self.weights, self.stop_training = optimizer, [np.array(weight)], False


@pytest.mark.parametrize(
    ("logs", "weight", "trouble"),
    [
        ({"loss": 1.0, "val_loss": math.nan}, 1.0, "the val_loss is nan at the end of epoch 1"),
        ({"loss": -math.inf, "val_loss": 1.0}, 1.0, "the loss is -inf at the end of epoch 1"),
        ({"loss": 1.0, "val_loss": 1.0}, math.inf, "the weights are NaN or infinite at the end"),
        ({"loss": 1.0, "val_loss": 1.0}, 1.0, None),
    ],
)
def test_numbers_that_stop_a_training(logs, weight, trouble):
    guard = StopAtNaN()
    guard.set_model(Model(keras.optimizers.Adam(), weight))
    guard.on_epoch_begin(0)
    guard.on_epoch_end(0, logs)
    assert guard.model.stop_training == (trouble is not None)
    assert (guard.trouble or "").startswith(trouble or "")


def test_a_skipped_step_of_a_scaled_loss_stops_nothing():
    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam())
    weight = keras.Variable([1.0])
    optimizer.build([weight])
    guard = StopAtNaN()
    guard.set_model(Model(optimizer))
    guard.on_epoch_begin(0)
    guard.on_train_batch_end(0, {"loss": math.inf})
    optimizer.apply([keras.ops.ones(1)])  # a step that is not skipped
    guard.on_epoch_end(0, {"loss": math.inf, "val_loss": 1.0})
    assert guard.trouble is None
    guard.on_epoch_begin(1)
    guard.on_epoch_end(1, {"loss": math.inf, "val_loss": 1.0})
    assert guard.trouble == "the loss is inf at the end of epoch 2"
