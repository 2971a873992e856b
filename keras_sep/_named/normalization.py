"""Normalisations by name."""

from typing import Any

import keras

from keras_sep import layers
from keras_sep._named.named import made, named_from, public

_EPSILON = 1e-8  # Keras's own layers have others by default


def normalization_layer(value: Any, key: str) -> keras.Layer:
    """The normalisation that a user has named: one of this package's, or Keras's.

    Args:
        value: its name, or a mapping of `name` and `arguments`; of these `epsilon` is that of the
            papers unless it is given.
        key: key that names it, in messages.
    """
    named = named_from(value, key)
    ours = [name for name in layers.__all__ if name.endswith("Normalization")]
    room = layers if named.name in ours else keras.layers
    layer = public(room, named.name, f"{key}.name", [*ours, "LayerNormalization"])
    return made(layer, {"epsilon": _EPSILON}, named, key)
