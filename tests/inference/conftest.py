"""A small separator and a song for it."""

import pytest
from small import RATE, noise, small_separator

from keras_sep.data import write_audio
from keras_sep.inference import CompiledSeparator


@pytest.fixture(scope="module")
def compiled():
    return CompiledSeparator(small_separator())


@pytest.fixture
def song(tmp_path):
    path = tmp_path / "song.wav"
    write_audio(path, noise(RATE + 7), RATE, "float")
    return path
