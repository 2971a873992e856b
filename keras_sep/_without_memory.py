"""Building networks without memory for their weights."""

import random
from collections.abc import Callable

import keras

from keras_sep._keras import forgotten_variables


def without_memory(make: Callable[[], keras.Model]) -> keras.Model:
    """Build a network whose weights have only shapes; Python's random state stays as it was."""
    state = random.getstate()  # Keras draws the seeds of initialisers and dropout from it
    try:
        with forgotten_variables(), keras.StatelessScope(initialize_variables=False):
            return make()
    finally:
        random.setstate(state)
