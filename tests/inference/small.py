"""A small Open-Unmix separator and signals for it."""

from functools import cache

import keras
import numpy as np

import keras_sep

RATE = 2000
SOURCES = ("vocals", "drums")
HOP = 32


@cache
def small_network(channels=2):
    keras.utils.set_random_seed(29)
    return keras_sep.zoo.open_unmix(SOURCES, bins=33, channels=channels, hidden=6, layers=1)


def small_separator(post_filter=None, rate=RATE, channels=2):
    front_end = keras_sep.layers.STFT(64, HOP)
    return keras_sep.Separator(small_network(channels), rate, SOURCES, front_end, post_filter)


def noise(samples, channels=2, level=0.1, seed=31):
    rng = np.random.default_rng(seed)
    return (level * rng.standard_normal((samples, channels))).astype("float32")


def difference_db(stems, reference):
    """Of the worst source, relative to it."""
    error = np.sum(np.square(stems - reference, dtype=np.float64), axis=(0, 1))
    return 10 * np.log10(error / np.sum(np.square(reference, dtype=np.float64), axis=(0, 1))).max()


def fixed_shares(names=SOURCES, post_filter=None):
    """A separator that traces fast: each source has a fixed share, unlike the others', per bin."""
    mixture = keras.Input((None, 33, 2))
    bins = np.linspace(0, 3, 33)[:, None]
    shares = [np.cos(bins + source) ** 2 for source in range(len(names))]
    network = keras.Model(mixture, keras.ops.stack([mixture * x for x in shares], axis=-1))
    return keras_sep.Separator(network, RATE, names, keras_sep.layers.STFT(64, HOP), post_filter)
