"""`last.weights.h5`: everything needed to resume a killed training, with a checksum."""

import dataclasses
import hashlib
import io
import json
import warnings
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np

from keras_sep import _yaml
from keras_sep._brief import brief, one_line
from keras_sep._named.fields import from_mapping
from keras_sep._printable import printable
from keras_sep._weights_file import check_weights_file
from keras_sep.training.recipe import Recipe

LAST = "last.weights.h5"
_STATE = "keras_sep_training_state"  # attributes of the file
_CHECKSUM = "keras_sep_checksum"
_RECIPE = "keras_sep_recipe"  # a dataset, as an attribute ends at 64 kB


@dataclasses.dataclass(frozen=True)
class TrainingState:
    """State of a training besides the weights and the optimizer's moments.

    Args:
        epochs_done: Number of complete epochs so far.
        best: Least monitored value so far.
        counters: State of the other callbacks, by the callback's name.
        best_epoch: Epoch of the least value, counted from 1; None where it is not known.
        value: Monitored value of the last epoch; None where it is not known.
        best_digest: SHA-256 of the separator of the least value; None where it is not known.
        monitor: Name of the monitored value; None where it is not known.
        seeds: States of the seed generators of all layers, in the order of the model's variables;
            None in a checkpoint from before they were kept.
    """

    epochs_done: int
    best: float
    counters: dict[str, dict[str, Any]]
    best_epoch: int | None = None
    value: float | None = None
    best_digest: str | None = None
    monitor: str | None = None
    seeds: tuple[Any, ...] | None = None


def write_state(path: Path, model: keras.Model, state: TrainingState, recipe: str) -> None:
    """Write the weights, the optimizer, the state and the recipe's YAML into one file."""
    memory = _InMemory()
    model.save_weights(memory)
    with h5py.File(memory, "a") as file:
        file.create_dataset(_RECIPE, data=recipe)
        file.attrs[_STATE] = json.dumps(dataclasses.asdict(state))
        file.attrs[_CHECKSUM] = _checksum(file)
    path.write_bytes(memory.getbuffer())


def read_state(path: Path) -> tuple[TrainingState, Recipe | None]:
    """Read the state and the recipe, which is None in checkpoints of older versions.

    Raises:
        ValueError: If the file is not a training checkpoint, or is damaged.
    """
    try:
        check_weights_file(path, path.stat().st_size, text=_RECIPE)
        with h5py.File(path, "r") as file:
            if _STATE not in file.attrs:
                raise ValueError("it has no state of one")
            if file.attrs.get(_CHECKSUM, None) not in (None, _checksum(file)):
                raise ValueError("it was changed or damaged, as its checksum does not match")
            values = json.loads(file.attrs[_STATE])
            text = file[_RECIPE].asstr()[()] if _RECIPE in file else None
        values.pop("finished", None)  # of older versions; follows from the counters
        state = from_mapping(TrainingState, values)
        _check(state)
        return state, None if text is None else Recipe.from_mapping(_yaml.load(text))
    except Exception as error:  # HDF5 raises many kinds
        raise ValueError(
            f"{printable(path)}: not a training checkpoint ({one_line(error)}): put "
            "back a copy of it, or begin a new training in another folder"
        ) from None


def load_weights(path: Path, model: keras.Model, state: TrainingState) -> None:
    """Restore the model's weights, the optimizer's moments and rate, and the layers' seeds."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Keras warns of layers that it does not restore
            model.load_weights(path)
        if state.seeds is not None:
            for variable, values in zip(seed_states(model), state.seeds, strict=True):
                variable.assign(np.array(values, variable.dtype))
    except Exception as error:  # Keras and HDF5 raise many kinds
        reason = one_line(error)
        raise ValueError(
            f"{printable(path)}: belongs to a different model than the recipe's: {reason}"
        ) from None


def seed_states(model: keras.Model) -> list[Any]:
    """The variables of the layers' seed generators, which `save_weights` leaves out."""
    weights = {id(weight) for weight in model.weights}
    return [variable for variable in model.variables if id(variable) not in weights]


class _InMemory(io.BytesIO):
    """A buffer for HDF5, which crashes the process if it writes to a full disk."""

    def __str__(self) -> str:
        return LAST  # Keras knows the format by the name's end


def _checksum(file: h5py.File) -> str:
    digest = hashlib.sha256(str(file.attrs[_STATE]).encode())

    def add(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            digest.update(name.encode())
            digest.update(item[()] if item.shape == () and item.dtype == object else item[...].data)

    file.visititems(add)
    return digest.hexdigest()


def _check(state: TrainingState) -> None:
    """Raise a ValueError for values that no training writes."""
    if state.epochs_done < 1:
        raise ValueError(f"it has {state.epochs_done} epochs")
    for name, numbers in state.counters.items():
        for key, value in numbers.items():
            if value is not None and not isinstance(value, (int, float)):
                raise ValueError(f"`{key}` of {name} is {brief(value)}")
