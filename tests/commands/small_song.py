"""A second or so of noise."""

import numpy as np

RATE = 2000


SAMPLES = 1009


def signal(seed=43, channels=2, samples=SAMPLES):
    return 0.1 * np.random.default_rng(seed).standard_normal((samples, channels))
