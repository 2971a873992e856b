"""A song of a synthesised band, and a small separator for it."""

import keras
import numpy as np

import keras_sep
from keras_sep.data import write_audio
from keras_sep.data.synthetic import band_song

RATE = 8000
NAMES = ("vocals", "drums")


def write_song(path, seconds=4, rate=RATE):
    write_audio(path, np.sum([*band_song(seconds, rate, seed=3).values()], axis=0), rate)
    return path


def write_separator(path):
    keras.utils.set_random_seed(7)
    network = keras_sep.zoo.open_unmix(NAMES, bins=129, hidden=8, layers=1)
    stft = keras_sep.layers.STFT(256, 64)
    separator = keras_sep.Separator(network, RATE, NAMES, stft, license="CC-BY-4.0")
    separator(np.zeros((1, 1000, 2), "float32"))
    separator.save(path)
    return path
