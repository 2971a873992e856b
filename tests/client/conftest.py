"""A small separator, its export, and a song of several blocks."""

import numpy as np
import pytest
from small import small_separator

import keras_sep
from keras_sep.data import write_audio


@pytest.fixture(scope="module")
def separator():
    return small_separator(keras_sep.layers.WienerFilter(iterations=1, window_frames=8))


@pytest.fixture(scope="module")
def folder(separator, tmp_path_factory):
    return keras_sep.export.saved_model(separator, tmp_path_factory.mktemp("models") / "band" / "1")


@pytest.fixture(scope="module")
def song(tmp_path_factory):
    """Three quarters of a minute of stereo, at another rate than the model's."""
    path = tmp_path_factory.mktemp("songs") / "song.wav"
    generator = np.random.default_rng(3)
    time = np.arange(45 * 3000)[:, None] / 3000
    sound = 0.2 * np.sin(2 * np.pi * np.array([220, 330]) * time * (1 + 0.01 * time))
    sound += 0.05 * generator.standard_normal(sound.shape)
    write_audio(path, sound.astype("float32"), 3000, "float")
    return path
