"""Trainings that meet NaN, full disks, other devices or another training in their folder."""

import json
import math
import os
from types import SimpleNamespace

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf
from small_runs import SMALL, log, small_recipe, with_data, with_fit

import keras_sep_cli
from keras_sep import training
from keras_sep._folder_lock import only_writer
from keras_sep.training.compile_arguments import compile_jit
from keras_sep.training.devices import shared_batch_size, shared_validation
from keras_sep.training.stop_at_nan import StopAtNaN

pytestmark = pytest.mark.fault


@pytest.fixture(scope="module")
def small():
    """Its loss depends on the dropout."""
    return small_recipe({**SMALL, "layers": 2, "dropout": 0.5}, learning_rate=0.01)


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
    state.pop("best_digest")  # Keras writes the date into the separator
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


def test_weights_that_become_nan_stop_the_training(small, album, tmp_path, monkeypatch, capsys):
    """The epochs before are kept; with a lower rate it goes on from the last of them."""
    module = training.train.__wrapped__.__globals__
    build = module["build_callbacks"]

    def spoiling(*arguments):
        callbacks, checkpoints = build(*arguments)
        return [At(2, spoil), *callbacks], checkpoints

    out = tmp_path / "out"
    (tmp_path / "r.yaml").write_text(with_fit(small, epochs=8).to_yaml())
    command = ["train", str(tmp_path / "r.yaml"), "--data", str(album), "--out", str(out)]
    with monkeypatch.context() as patched:
        patched.setitem(module, "build_callbacks", spoiling)
        assert keras_sep_cli.main(command) == 1
    heard, lines = capsys.readouterr(), log(out)
    # no terminal: one line for each epoch
    assert [line[:10] for line in heard.out.splitlines()] == [f"epoch {n}/8:" for n in (1, 2, 3)]
    said = heard.err
    assert "the loss is nan at step 1 of epoch 3; the state after epoch 2 is kept" in said
    assert "lower `fit.learning_rate` (now 0.01)" in said
    assert "next: keras-sep separate FILE --model" in said
    assert [math.isnan(row["loss"]) for row in lines] == [False, False, True]
    separator = keras.saving.load_model(out / "separator.keras")
    assert np.isfinite(separator(np.ones((1, 500, 2), "float32"))).all()

    lower = with_fit(small, epochs=3, learning_rate=1e-5)
    training.train(lower, album, out, resume=True, verbose=0)
    assert [row["epoch"] for row in log(out)] == [0, 1, 2]
    assert np.isfinite([row["val_loss"] for row in log(out)]).all()
    assert log(out)[-1]["learning_rate"] == pytest.approx(1e-5)


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


def test_interrupted_says_how_to_go_on(small, album, tmp_path, monkeypatch, capsys):
    """By Ctrl-C; before an epoch was whole there is nothing to go on from."""

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(training.datasets, "training_dataset", stop)
    (tmp_path / "r.yaml").write_text(small.to_yaml())
    command = ["train", str(tmp_path / "r.yaml"), "--data", str(album), "--out"]
    out = tmp_path / "out"
    assert keras_sep_cli.main([*command, str(out)]) == 130
    said = capsys.readouterr().err.splitlines()[-2:]
    assert said == [
        f"{out}: no epoch was whole yet; run the same command again",
        "keras-sep train: interrupted",
    ]
    (out / "last.weights.h5").touch()
    assert training.messages.interrupted(out) == "--resume continues from the last whole epoch"


@pytest.mark.parametrize("resume", [False, True])
def test_one_training_to_a_folder(small, album, tmp_path, resume):
    said = rf"another training \(process {os.getpid()}\) writes into this folder: wait for it"
    with only_writer(tmp_path, "training"), pytest.raises(ValueError, match=said):
        training.train(small, album, tmp_path, resume)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_under_tensorboard_stops_nothing(tmp_path, capsys):
    """It is said once, whichever of the writers fails first."""
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", loss="mse")
    logs = training.callbacks.TensorBoardLogs(tmp_path / "tensorboard", write_graph=False)

    class Full:
        def scalar(self, *arguments, **options):
            raise tf.errors.ResourceExhaustedError(None, None, "events.v2; No space left on device")

        def __getattr__(self, name):
            return getattr(tf.summary, name)

    logs._summary_module = Full()
    x = np.ones((4, 3), "float32")
    history = model.fit(
        x, x[:, :1], validation_data=(x, x[:, :1]), epochs=2, callbacks=[logs], verbose=0
    )
    assert len(history.history["loss"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(
        "TensorBoard logs not written (events.v2; No space left on device); the training goes on "
        "without them"
    )


class Three:
    """As much of a strategy of three devices as the batches need."""

    num_replicas_in_sync = 3


@pytest.mark.parametrize(("batch", "shared"), [(16, 15), (15, 15), (3, 3), (2, 3)])
def test_a_batch_that_devices_share(small, batch, shared):
    recipe = with_fit(small, batch_size=batch)
    assert shared_batch_size(recipe, Three()) == shared
    ended = SimpleNamespace(epochs_done=0)
    network, steps = SimpleNamespace(count_params=int), SimpleNamespace(cardinality=int)
    said = " ".join(training.messages.plan(recipe, network, steps, Three(), ended))
    assert (f"fit.batch_size: {batch} becomes {shared}" in said) == (batch != shared)


@pytest.mark.parametrize("place", ["pipeline", "model"])
@pytest.mark.parametrize("batch", [3, 6])
def test_every_device_gets_a_share_of_the_validation(small, album, tmp_path, place, batch):
    """Five excerpts on three devices: whole shares, and the loss of the five."""
    recipe = with_data(with_fit(small, batch_size=batch), spectrograms=place)
    held_out = training.validation_audio(recipe, album)
    plain = training.validation_dataset(recipe, held_out, tmp_path)
    shared = shared_validation(recipe, held_out, tmp_path, Three())
    sizes = [len(weights) for *_, weights in shared]
    assert sizes == {3: [3, 3], 6: [6]}[batch]
    keras.utils.set_random_seed(1)
    model = training.build_model(recipe, training.build_network(recipe))
    model.compile(loss=training.build_loss(recipe))
    # the same sums in another order: float32
    assert model.evaluate(shared, verbose=0) == pytest.approx(
        model.evaluate(plain, verbose=0), rel=1e-5
    )


def test_mirrored_where_it_has_no_effect(monkeypatch, capsys):
    assert training.distribution(mirrored=True).num_replicas_in_sync == 1  # one CPU
    assert "mirrored: there is only one device" in capsys.readouterr().err
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(ValueError, match=r"no effect on this backend.*jax. Received: .*torch"):
        training.distribution(mirrored=True)


@pytest.mark.parametrize(
    ("backend", "jit", "compiled"),
    [("tensorflow", "auto", False), ("tensorflow", True, True), ("jax", "auto", "auto"),
     ("torch", "auto", "auto"), ("jax", False, False)],
)  # fmt: skip
def test_what_is_compiled(small, monkeypatch, capsys, backend, jit, compiled):
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    assert compile_jit(with_fit(small, jit=jit)) == compiled
    assert ("op by op" in capsys.readouterr().err) == (compiled is False and backend == "jax")


@pytest.mark.parametrize(
    ("folder", "data", "hint"),
    [
        ("train", "", "Put tracks into {root}/valid, or name some in `data.validation`"),
        ("test", "", "{root}/test is not looked at: tracks to validate on go to {root}/valid"),
        ("val", "train", "Is {root}/val meant? Give {root} as the data folder"),
    ],
)
def test_no_validation_is_said_loudly(small, tmp_path, folder, data, hint):
    (tmp_path / "train").mkdir()
    (tmp_path / folder).mkdir(exist_ok=True)
    line = training.messages.opening(small, tmp_path / data, [], [])[-1]
    assert line.startswith("NO VALIDATION: ")
    assert line.endswith(hint.format(root=tmp_path))


def test_one_is_not_said_in_the_plural(small, tmp_path):
    one = with_fit(small, epochs=1, batch_size=1)
    ended = SimpleNamespace(
        out_dir=tmp_path, epochs_done=1, monitor="loss", best=0.25, best_epoch=1
    )
    assert training.messages.closing(ended)[0] == "1 epoch done, the best loss is 0.25 of epoch 1"
    network = SimpleNamespace(count_params=lambda: 7001)
    steps = SimpleNamespace(cardinality=lambda: 1)
    devices = SimpleNamespace(num_replicas_in_sync=1)
    ended.epochs_done = 0
    line = training.messages.plan(one, network, steps, devices, ended)[-1]
    assert line.startswith("an epoch: 1 step of 1 excerpt; at most 1 epoch, on 1 ")
