"""What training says of recipes, folders, audio and disks that are not as they should be."""

import dataclasses
import resource
import runpy
import shutil
import sys

import h5py
import keras
import numpy as np
import pytest
import soundfile
from small_runs import SCRIPT, start, with_data

from keras_sep import data, training


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"model": training.Named("closed_unmix")}, "`model.name` must be one of .*open_unmix"),
        (
            {"model": training.Named("open_unmix", {"hiden": 3})},
            "takes no `hiden`. Did you mean",
        ),
        (
            {"loss": training.Named("SpectrogramLos")},
            "`loss.name` must be one of L1SNR, RMSE, SISDR",
        ),
        (
            {"target": training.Named("stft")},
            "`target.name` must be one of clustering_target, deep",
        ),
    ],
)
def test_names_that_do_not_exist(recipe, tmp_path, changes, complaint):
    """Said before any audio is looked for: a pass over all of it may take hours."""
    with pytest.raises(ValueError, match=complaint):
        training.train(dataclasses.replace(recipe, **changes), tmp_path / "none", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_folders_are_not_overwritten(album, recipe, tmp_path):
    (tmp_path / "last.weights.h5").touch()
    with pytest.raises(ValueError, match="holds a training: go on with it by --resume"):
        training.train(recipe, album, tmp_path)
    with pytest.raises(ValueError, match="contains no training to resume"):
        training.train(recipe, album, tmp_path / "empty", resume=True)


@pytest.mark.parametrize(("loss", "name"), [(1.0, "best.keras"), (3.0, "last.weights.h5")])
def test_a_full_disk_leaves_the_checkpoints_that_were_there(recipe, tmp_path, loss, name):
    """The kernel refuses to let any file grow past 9000 bytes, as a full disk would."""
    network = training.build_network(recipe)
    network.compile(training.build_optimizer(recipe), loss=training.build_loss(recipe))
    network.optimizer.build(network.trainable_variables)
    separator = training.build_separator(recipe, network)
    checkpoints = training.Checkpoints(tmp_path, separator, "loss", {})
    checkpoints.set_model(network)
    checkpoints.on_epoch_end(0, {"loss": 2.0})
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert sorted(before) == ["best.keras", "last.weights.h5"]

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (9000, hard))
    try:
        with pytest.raises(ValueError) as refused:
            checkpoints.on_epoch_end(1, {"loss": loss})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert str(refused.value) == f"{tmp_path / name}: not written (File too large)"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_that_was_made_for_nothing_is_removed(recipe, tmp_path):
    out = tmp_path / "runs" / "out"
    with pytest.raises(ValueError, match=r"nowhere: no such folder"):
        training.train(recipe, tmp_path / "nowhere", out)
    assert not list(tmp_path.iterdir())


def test_a_checkpoint_that_is_none(recipe, tmp_path):
    path = tmp_path / "last.weights.h5"
    checkpoints = training.Checkpoints(tmp_path, training.build_network(recipe), "loss", {})
    path.write_bytes(b"half a")
    with pytest.raises(ValueError, match=r"last\.weights\.h5: not a training checkpoint"):
        checkpoints.restore(None)
    with h5py.File(path, "w"):
        pass
    with pytest.raises(ValueError, match=r"last\.weights\.h5: not a training checkpoint"):
        checkpoints.restore(None)


def test_the_script_says_in_one_line_what_cannot_be_read(recipe, tmp_path, monkeypatch, capsys):
    def refuse(*_):
        raise PermissionError(13, "Permission denied", "band/train")

    path = tmp_path / "recipe.yaml"
    path.write_text(recipe.to_yaml())
    monkeypatch.setattr(training, "training_audio", refuse)
    arguments = ["train.py", path, "--data", "band", "--out", tmp_path / "out"]
    monkeypatch.setattr(sys, "argv", [str(argument) for argument in arguments])
    with pytest.raises(SystemExit) as stopped:
        runpy.run_path(str(SCRIPT), run_name="__main__")
    assert stopped.value.code == 1
    assert capsys.readouterr().err == "train.py: band/train: Permission denied\n"


def broken(album, folder, damage):
    """A copy of the album with one stem of each track damaged."""
    shutil.copytree(album, folder)
    for path in folder.glob("train/*/vocals.wav"):
        damage(path)
    return folder


def with_a_nan(path):
    samples, sample_rate_hz = data.read_audio(path)
    samples[4001] = np.nan
    soundfile.write(path, samples, sample_rate_hz, subtype="FLOAT")


def cut_short(path):
    """FLAC under a WAV's name: the header promises what the file no longer holds."""
    samples, sample_rate_hz = data.read_audio(path)
    soundfile.write(path, samples, sample_rate_hz, format="FLAC")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])


@pytest.mark.parametrize("damage", [with_a_nan, cut_short])
@pytest.mark.parametrize("place", ["pipeline", "cached", "model"])
def test_bad_audio_is_named_in_one_line(album, recipe, tmp_path, damage, place):
    root = broken(album, tmp_path / "broken", damage)
    with pytest.raises(ValueError, match=r"song \d+/vocals\.wav: ") as error:
        training.train(with_data(recipe, spectrograms=place), root, tmp_path / "out", verbose=0)
    assert "\n" not in str(error.value)
    assert str(error.value).startswith(str(root))


def test_bad_audio_met_in_the_middle_of_fit(album, recipe, tmp_path):
    """It was whole when the statistics were taken."""
    root = broken(album, tmp_path / "album", lambda path: None)

    class Spoil(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                for path in root.glob("train/*/vocals.wav"):
                    with_a_nan(path)

    with pytest.raises(ValueError, match=r"^[^\n]*vocals\.wav: sample 4001[^\n]*--resume[^\n]*$"):
        training.train(recipe, root, tmp_path / "out", callbacks=[Spoil()], verbose=0)


def test_the_script_names_bad_audio_in_one_line(album, recipe, tmp_path):
    root = broken(album, tmp_path / "broken", with_a_nan)
    process = start(recipe, root, tmp_path / "out")
    _, complaint = process.communicate(timeout=500)
    assert process.returncode == 1
    assert "Traceback" not in complaint
    assert "InvalidArgument" not in complaint
    assert complaint.splitlines()[-1].startswith(f"train.py: {root}/train/song")
    assert "vocals.wav: sample 4001 is NaN or infinite; found while training" in complaint
