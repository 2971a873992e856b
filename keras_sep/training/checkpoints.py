"""Best and last checkpoints, written so that a killed training goes on as if nothing happened."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np

from keras_sep._whole_files import replace_whole

BEST = "best.keras"
LAST = "last.weights.h5"
STATE = "keras_sep_training_state"  # an attribute of the last checkpoint


class Checkpoints(keras.callbacks.Callback):
    """Keeps the best separator and everything a killed training needs to go on.

    After every epoch `last.weights.h5` holds the weights, the optimiser's moments and rate, the
    random states of the dropout, and the counters of the other callbacks; after every epoch that
    improved, `best.keras` holds the separator. Both are replaced whole, so that a kill at any
    moment, or a full disk, leaves the one before; a file that cannot be written raises a
    `ValueError` that names it. Belongs last in the list of callbacks.

    Args:
        out_dir: folder of the two files.
        separator: what to keep after epochs that improved.
        monitor: the logged value that should fall.
        counters: callbacks whose numbers go on too, by a name for each.
        network: what is trained, where the separator has a network of its own, of another
            precision, which then takes its weights.
    """

    def __init__(
        self,
        out_dir: str | Path,
        separator: keras.Model,
        monitor: str,
        counters: Mapping[str, keras.callbacks.Callback],
        network: keras.Model | None = None,
    ) -> None:
        super().__init__()
        self.out_dir = Path(out_dir)
        self.separator = separator
        self.monitor = monitor
        self.counters = counters
        self.network = network
        self.best = float("inf")
        self.epochs_done = 0
        self.finished = False
        self._restored: dict[str, dict[str, Any]] = {}

    def restore(self, model: keras.Model) -> None:
        """Take up the last checkpoint: the model's part now, the counters when `fit` begins."""
        path = self.out_dir / LAST
        if not path.is_file():
            raise ValueError(f"{path}: nothing to resume from")
        try:
            with h5py.File(path, "r") as file:
                state = json.loads(file.attrs[STATE])
        except (OSError, KeyError) as error:
            said = " ".join(str(error).split())
            raise ValueError(f"{path}: is no checkpoint of a training ({said})") from None
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        try:
            model.load_weights(path)
        except ValueError as error:
            first = str(error).strip().splitlines()[0]
            raise ValueError(f"{path}: is of another model than the recipe's: {first}") from None
        self.best, self.epochs_done = state["best"], state["epochs_done"]
        self.finished = state["finished"]
        self._restored = state["counters"]

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        for name, numbers in self._restored.items():
            _set_numbers(self.counters[name], numbers)
        self._restored = {}

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.epochs_done = epoch + 1
        self.finished = bool(self.model.stop_training)
        value = float((logs or {})[self.monitor])
        if value < self.best:
            self.best = value
            if self.network is not None:
                self.separator.networks.set_weights(self.network.get_weights())
            replace_whole(self.out_dir / BEST, self.separator.save)
        replace_whole(self.out_dir / LAST, self._save_state)

    def _save_state(self, path: Path) -> None:
        memory = _InMemory()
        self.model.save_weights(memory)
        state = {
            "best": self.best,
            "epochs_done": self.epochs_done,
            "finished": self.finished,
            "counters": {name: _numbers(item) for name, item in self.counters.items()},
        }
        with h5py.File(memory, "a") as file:
            file.attrs[STATE] = json.dumps(state)
        path.write_bytes(memory.getbuffer())


class _InMemory(io.BytesIO):
    """What HDF5 writes to instead of a disk, where the process crashes once that is full."""

    def __str__(self) -> str:
        return LAST  # Keras knows the format by the name's end


def _numbers(callback: keras.callbacks.Callback) -> dict[str, Any]:
    """A callback's own `state`, or its public counters, as `wait` and `best` of EarlyStopping."""
    if hasattr(callback, "state"):
        return callback.state
    return {
        name: value.item() if isinstance(value, np.generic) else value
        for name, value in vars(callback).items()
        if name in ("wait", "best", "best_epoch", "stopped_epoch", "cooldown_counter")
    }


def _set_numbers(callback: keras.callbacks.Callback, numbers: dict[str, Any]) -> None:
    if hasattr(callback, "state"):
        callback.state = numbers
    else:
        for name, value in numbers.items():
            setattr(callback, name, value)
