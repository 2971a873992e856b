"""Networks of which nothing but the shapes is made."""

import random
from collections.abc import Callable

import keras

from keras_sep._keras import forgotten_variables


def without_memory(make: Callable[[], keras.Model]) -> keras.Model:
    """A network whose weights have shapes alone; the random numbers that follow are as before."""
    state = random.getstate()  # Keras draws the seeds of initialisers and dropout from it
    try:
        with forgotten_variables(), keras.StatelessScope(initialize_variables=False):
            return make()
    finally:
        random.setstate(state)
