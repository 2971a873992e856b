"""A builder's arguments as plain values."""

import dataclasses

import keras
import numpy as np


def remembered(facts, builder, arguments):
    """Facts with the builder's name and its arguments, without the name and without arrays.

    Arrays are where training starts from, such as the statistics of its data.
    """
    plain = {name: as_plain(value) for name, value in arguments.items() if name != "name"}
    return dataclasses.replace(facts, builder=builder, arguments=plain)


def as_plain(value):
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, list | tuple):
        return [as_plain(one) for one in value]
    if isinstance(value, bool | int | float | str | None | dict):
        return value
    if keras.ops.is_tensor(value) or isinstance(value, np.ndarray):
        return None
    return keras.saving.serialize_keras_object(value)
