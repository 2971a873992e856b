"""`--device`, `--threads` and `--precision`."""

import keras
import numpy as np
import pytest
from small_song import signal

import keras_sep_cli
from keras_sep.commands._hardware import computing_on
from keras_sep.inference import load_separator
from keras_sep.inference.load_separator import PRECISIONS


def test_a_device_that_is_not_there_names_those_that_are(model, song, run):
    options = ("--model", model, "--out", song.parent / "out", "--device", "gpu:7")
    status, _, said = run("separate", song, *options)
    assert (status, len(said)) == (1, 1)
    assert said[0].startswith("keras-sep separate: --device gpu:7: tensorflow finds no such dev")
    assert "only cpu:0" in said[0]
    options = ("--references", song.parent, "--model", model, "--device", "cpu:3")
    assert "only cpu:0" in run("evaluate", *options)[2][-1]


def test_computing_on_the_cpu(monkeypatch):
    threads = []
    monkeypatch.setattr(
        "keras_sep.commands._hardware.set_threads", lambda *given: threads.append(given)
    )
    with computing_on("cpu", 3):
        assert "CPU:0" in keras.ops.ones(3).device
    assert threads == [(3,)]


@pytest.mark.parametrize("option", [("--device", "tpu"), ("--threads", "0"), ("--threads", "-1")])
def test_what_is_no_device_and_no_number_of_threads(option, capsys):
    with pytest.raises(SystemExit):
        keras_sep_cli.main(["song.mp3", *option])
    assert f"argument {option[0]}: {option[1]!r} is not" in capsys.readouterr().err


def test_networks_in_bfloat16(model):
    """Only they: bfloat16 has 8 bits, of which the mixture's phase and the inverse lose none."""
    full, half = (load_separator(model, 1, precision=precision) for precision in PRECISIONS)
    stems, rounded = (np.asarray(each(signal()[None].astype("float32"))) for each in (full, half))
    assert rounded.dtype == np.float32
    error = np.abs(stems - rounded).max() / np.abs(stems).max()
    assert 1e-6 < error < 0.02
    assert {layer.compute_dtype for layer in half.networks.layers[1:]} == {"bfloat16"}
    assert half.front_end.compute_dtype == half.post_filter.compute_dtype == "float32"
    assert {weight.dtype for weight in half.weights} == {"float32"}
    with pytest.raises(ValueError, match="must be one of float32, bfloat16"):
        load_separator(model, precision="float16")
    assert keras_sep_cli.PRECISIONS == PRECISIONS


def test_a_folder_that_holds_no_separator(song, run, tmp_path):
    (tmp_path / "saved_model.pb").touch()
    status, _, said = run("separate", song, "--model", tmp_path, "--out", tmp_path / "out")
    assert (status, len(said)) == (1, 1)
    assert f"{tmp_path}: a folder without model.keras; name the .keras file" in said[0]
