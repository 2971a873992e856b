"""The training script on two devices that share the batch."""

import subprocess
import sys

import h5py
import numpy as np
from small_runs import SCRIPT, log, with_fit

from keras_sep import training

MIRRORED = """
import runpy, sys
import tensorflow as tf
from keras_sep import training

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
strategy = tf.distribute.MirroredStrategy
tf.distribute.MirroredStrategy = lambda: strategy(["CPU:0", "CPU:1"])  # it would look for GPUs
assert training.distribution(mirrored=True).num_replicas_in_sync == 2
script, album, folder = sys.argv[1:]

def run(out, *more):
    sys.argv = [script, folder + "/recipe.yaml", "--data", album, "--out", folder + out,
                "--strategy", "mirrored", *more]
    runpy.run_path(script, run_name="__main__")

run("/pipeline", "--epochs", "1")
sys.path.insert(0, folder)
import twins
training.datasets.training_dataset = twins.twins
run("/two")
"""


# Batches whose halves are the same, and so have the same statistics in batch normalisation, which
# each device takes of its own half.
TWINS = """
import numpy as np
import tensorflow as tf
from keras_sep.training import datasets

dataset = datasets.training_dataset

def twins(*arguments, **settings):
    parts = (np.stack(part) for part in zip(*dataset(*arguments, **settings)))
    twice = tuple(np.concatenate([part[:, :2]] * 2, axis=1) for part in parts)
    return tf.data.Dataset.from_tensor_slices(twice)  # fixed: TensorFlow would batch anew
"""


def test_mirrored_equals_one_device(album, recipe, tmp_path, monkeypatch):
    """The script on two logical CPU devices that share the batch: the losses of one device."""
    recipe = with_fit(recipe, epochs=3, tensorboard=False)
    (tmp_path / "recipe.yaml").write_text(recipe.to_yaml())
    (tmp_path / "twins.py").write_text(TWINS)
    command = [sys.executable, "-c", MIRRORED, str(SCRIPT), str(album), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stderr

    # the pipeline itself: 12 excerpts of two tracks, four a step
    (row,) = log(tmp_path / "pipeline")
    assert np.isfinite([row["loss"], row["val_loss"]]).all()
    with h5py.File(tmp_path / "pipeline" / "last.weights.h5") as file:
        assert file["optimizer/vars/0"][()] == 3  # the optimiser's count of its steps

    monkeypatch.syspath_prepend(tmp_path)
    import twins

    monkeypatch.setattr(training.datasets, "training_dataset", twins.twins)
    training.train(recipe, album, tmp_path / "one", verbose=0)
    two, one = log(tmp_path / "two"), log(tmp_path / "one")
    assert two[-1]["val_loss"] < two[0]["val_loss"]
    for name in ("loss", "val_loss"):
        # gradients of two halves added in float32, nine steps of Adam
        np.testing.assert_allclose(
            [row[name] for row in two], [row[name] for row in one], rtol=1e-4, err_msg=name
        )
