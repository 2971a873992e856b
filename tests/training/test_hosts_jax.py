"""Processes that train together: the weights of one, also when some are killed on the way."""

import shutil
import socket
import subprocess
import sys

import keras
import pytest
from small_runs import assert_close, log, small_recipe, with_data

from keras_sep import data, training

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "jax", reason="processes train together on JAX alone"
)

WORKER = """
import os, signal, sys
import keras
from keras_sep import training

recipe, album, out, address, process, *flags = sys.argv[1:]

class Die(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.optimizer.iterations) == 10:  # in the third of five epochs
            os.kill(os.getpid(), signal.SIGKILL)

try:
    training.train(
        training.Recipe.from_yaml(recipe), album, out, resume="resume" in flags,
        hosts=training.Hosts.found(address, 2, int(process)),
        callbacks=[Die()] if "die" in flags else [], verbose=1 if "die" not in flags else 0,
    )
except ValueError as error:
    sys.exit(f"ended: {error}")
"""


@pytest.fixture(scope="module")
def album(tmp_path_factory):
    root = tmp_path_factory.mktemp("album")
    return data.synthetic_band(root, train=2, valid=1, test=0, seconds=2.0, sample_rate_hz=4000)


@pytest.fixture(scope="module")
def recipe():
    """Five epochs of four steps, with all that a step may depend on, dropout included, and a score.

    Not Adam, which would make steps of its learning rate of what rounding leaves of gradients that
    are zero, as those of a shift before a batch normalisation.
    """
    made = small_recipe(
        {"hidden": 4, "layers": 2, "bidirectional": False},
        epochs=5,
        clip_norm=1.0,
        warmup_steps=3,
        final_learning_rate=1e-4,
        learning_rate=0.05,
        optimizer={"name": "SGD", "arguments": {"momentum": 0.9}},
        ema_momentum=0.9,
        patience=4,
        score={"songs": 1},
    )
    return with_data(made, excerpts_per_track=8, incoherent=0.5)


@pytest.fixture(scope="module")
def alone(album, recipe, tmp_path_factory):
    """The folder of a training by one process."""
    out = tmp_path_factory.mktemp("alone") / "out"
    training.train(recipe, album, out, verbose=0)
    return out


def start(recipe, album, out, *flags):
    """Two processes that train into `out`; the flags of one of them are `flags[1]`."""
    path = out.with_suffix(".yaml")
    path.write_text(recipe.to_yaml())
    with socket.socket() as free:
        free.bind(("localhost", 0))
        address = f"localhost:{free.getsockname()[1]}"
    return [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, path, album, out, address, str(process), *own],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for process, own in enumerate(flags)
    ]  # fmt: skip


def ended(processes):
    """Exit status, output and errors of each."""
    found = []
    try:
        for process in processes:
            output, errors = process.communicate(timeout=300)
            found.append((process.returncode, output, errors))
    finally:
        for process in processes:
            process.kill()
    return found


COLUMNS = ("loss", "val_loss", "learning_rate", "val_si_sdr", "val_si_sdr_vocals")


def test_the_best_separator_is_the_one_that_was_validated(album, recipe, alone):
    """On JAX, too, the average of the weights is validated, scored and kept."""
    network = keras.saving.load_model(alone / "separator.keras").networks
    network.compile(loss=training.build_loss(recipe))
    held_out = training.validation_dataset(recipe, training.validation_audio(recipe, album), None)
    best = max(log(alone), key=lambda row: row["val_si_sdr"])
    assert network.evaluate(held_out, verbose=0) == pytest.approx(best["val_loss"], rel=1e-5)


def test_two_processes_are_one_also_after_a_kill(album, recipe, alone, tmp_path):
    """Two epochs and a half by two processes, the rest by two others, or by one."""
    out, copy = tmp_path / "killed", tmp_path / "copy"
    first, second = ended(start(recipe, album, out, [], ["die"]))
    assert second[0] == -9
    assert first[0] == 1
    lost = "another process of this training has ended: start all of them again with --resume"
    assert lost in first[2]
    assert [row["epoch"] for row in log(alone)] == [0, 1, 2, 3, 4]
    assert [row["epoch"] for row in log(out)] == [0, 1]
    shutil.copytree(out, copy)

    first, second = ended(start(recipe, album, out, ["resume"], ["resume"]))
    assert first[0] == second[0] == 0, first[2] + second[2]
    assert_close(out, alone, COLUMNS)
    assert (out / "separator.keras").is_file()
    assert "on 2 CPU in 2 processes" in first[2]
    assert "5 epochs done" in first[2]
    for said in ("training on", "epochs done", "Epoch"):  # the first speaks for both
        assert said not in second[1] + second[2]

    training.train(recipe, album, copy, resume=True, verbose=0)
    assert_close(copy, alone, COLUMNS)
