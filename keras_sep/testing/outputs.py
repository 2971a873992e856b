"""What networks answer, as arrays, on whichever backend runs."""

import json
from typing import Any

import keras
import numpy as np


def only(inputs: Any) -> Any:
    """One input by itself, as Keras wants it; several as the list they are."""
    return inputs[0] if len(inputs) == 1 else inputs


def outputs(network: keras.Model, inputs: Any) -> list[np.ndarray]:
    """Outputs of a network in inference, given a list of arrays: a list of float32 arrays."""
    return [numpy(keras.ops.cast(x, "float32")) for x in inference(network, inputs)]


def inference(network: keras.Model, inputs: Any) -> list[Any]:
    """Outputs of a network in inference, given a list of arrays: a list of tensors."""

    def run(tensors):
        return keras.tree.flatten(network(only(tensors), training=False))

    if keras.backend.backend() == "jax":
        import jax

        run = jax.jit(run)  # without it JAX compiles every operation by itself, which takes longer
    return run([keras.ops.convert_to_tensor(x) for x in inputs])


def numpy(x: Any) -> np.ndarray:
    """A tensor of any backend as an array."""
    return keras.ops.convert_to_numpy(x)


def through_json(serialisable: Any) -> Any:
    """The serialised form of an object after a trip through JSON text."""
    return json.loads(json.dumps(keras.saving.serialize_keras_object(serialisable)))
