"""A small model, a song, and commands run in this process."""

import keras
import numpy as np
import pytest
from small_song import RATE, signal

import keras_sep
import keras_sep_cli
from keras_sep.data import write_audio


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    keras.utils.set_random_seed(47)
    network = keras_sep.zoo.open_unmix(("vocals", "drums"), bins=33, hidden=6, layers=1)
    front_end = keras_sep.layers.STFT(64, 32)
    separator = keras_sep.Separator(network, RATE, ("vocals", "drums"), front_end)
    separator(np.zeros((1, 101, 2), "float32"))
    path = tmp_path_factory.mktemp("model") / "band.keras"
    separator.save(path)
    return path


@pytest.fixture
def song(tmp_path):
    path = tmp_path / "song.wav"
    write_audio(path, signal(), RATE)
    return path


@pytest.fixture
def run(capsys):
    def run(*arguments):
        """Exit status, lines of stdout, lines of stderr."""
        status = keras_sep_cli.main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return status, captured.out.splitlines(), captured.err.splitlines()

    return run
