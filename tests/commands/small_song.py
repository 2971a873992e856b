"""A second or so of noise."""

import numpy as np

from keras_sep.data import write_audio

RATE = 2000


SAMPLES = 1009


def signal(seed=43, channels=2, samples=SAMPLES):
    return 0.1 * np.random.default_rng(seed).standard_normal((samples, channels))


def write_track(folder, stems, samples=SAMPLES, rate=RATE):
    for seed, name in enumerate(stems):
        write_audio(folder / f"{name}.wav", signal(seed, samples=samples), rate, "float")
