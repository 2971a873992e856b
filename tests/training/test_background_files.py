"""Large checkpoints are written while training goes on: with the values of the epoch's end."""

import hashlib
import io
import json
import threading
import zipfile

import h5py
import keras
import numpy as np
import pytest

from keras_sep import Separator, layers, training, zoo
from keras_sep.training import _background_files
from keras_sep.training import checkpoints as module


@pytest.fixture
def network():
    network = zoo.open_unmix(("vocals",), bins=17, hidden=4, layers=2, bidirectional=False)
    network.compile(keras.optimizers.Adam(0.1, use_ema=True), loss="mse")
    network.optimizer.build(network.trainable_variables)
    for variable in variables_of(network):
        variable.assign(np.random.default_rng(1).random(variable.shape) * 9)
    return network


def variables_of(network):
    return [*network.variables, *network.optimizer.variables]


def checkpoints_in(folder, network):
    folder.mkdir()
    separator = Separator(
        network, 4000, ("vocals",), layers.STFT(32, 16), layers.ApplyMixturePhase()
    )
    made = training.Checkpoints(folder, separator, "loss", {})
    made.set_model(network)
    return made


def arrays(folder):
    found = {}
    with zipfile.ZipFile(folder / "best.keras") as archive:
        best = io.BytesIO(archive.read("model.weights.h5"))
    for file_name, source in (("best", best), ("last", folder / "last.weights.h5")):
        with h5py.File(source) as file:
            file.visititems(
                lambda name, item, file_name=file_name: (
                    found.update({f"{file_name}/{name}": item[()]})
                    if isinstance(item, h5py.Dataset) and item.dtype != object
                    else None
                )
            )
    return found


def test_they_have_the_values_of_the_end_of_the_epoch(network, tmp_path, monkeypatch):
    at_once = checkpoints_in(tmp_path / "at_once", network)
    at_once.on_epoch_end(0, {"loss": 1.0})

    monkeypatch.setattr(_background_files, "AT_ONCE_BYTES", 0)
    go_on, replace_whole = threading.Event(), module.replace_whole
    monkeypatch.setattr(
        module, "replace_whole", lambda *args: go_on.wait(60) and replace_whole(*args)
    )
    go_on.set()
    later = checkpoints_in(tmp_path / "later", network)
    values = [keras.ops.convert_to_numpy(variable) for variable in variables_of(network)]
    for variable in variables_of(network):
        variable.assign(np.ones(variable.shape))
    later.on_epoch_end(0, {"loss": 2.0})
    later.wait()
    assert sorted(path.name for path in later.out_dir.iterdir()) == [
        "best.keras",
        "last.weights.h5",
    ]
    before = (later.out_dir / "last.weights.h5").read_bytes()
    for variable, value in zip(variables_of(network), values, strict=True):
        variable.assign(value)
    go_on.clear()
    later.on_epoch_end(1, {"loss": 1.0})
    for variable in variables_of(network):
        variable.assign(np.zeros(variable.shape))
    assert (later.out_dir / "last.weights.h5").read_bytes() == before
    go_on.set()
    later.wait()
    one, other = arrays(at_once.out_dir), arrays(later.out_dir)
    assert len(one) > 60
    assert one.keys() == other.keys()
    for name, value in one.items():
        np.testing.assert_array_equal(other[name], value, err_msg=name)
    with h5py.File(later.out_dir / "last.weights.h5") as file:
        kept = json.loads(file.attrs["keras_sep_training_state"])
    digest = hashlib.sha256((later.out_dir / "best.keras").read_bytes()).hexdigest()
    assert (kept["epochs_done"], kept["best_digest"]) == (2, digest)


def test_what_was_not_written_is_said_at_the_next_epoch(network, tmp_path, monkeypatch):
    """And no state that tells of a separator which is not there."""
    monkeypatch.setattr(_background_files, "AT_ONCE_BYTES", 0)
    checkpoints = checkpoints_in(tmp_path / "out", network)
    checkpoints.on_epoch_end(0, {"loss": 1.0})
    checkpoints.wait()
    (tmp_path / "out" / "best.keras").unlink()
    (tmp_path / "out" / "best.keras").mkdir()
    (tmp_path / "out" / "last.weights.h5").unlink()
    checkpoints.on_epoch_end(1, {"loss": 0.5})
    with pytest.raises(ValueError, match=r"best\.keras: cannot be written"):
        checkpoints.on_epoch_end(2, {"loss": 0.25})
    assert not (tmp_path / "out" / "last.weights.h5").exists()
