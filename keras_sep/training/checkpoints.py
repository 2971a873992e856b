"""Best and last checkpoints, from which a killed training resumes exactly."""

import dataclasses
import hashlib
import math
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_sep._printable import say
from keras_sep._whole_files import replace_whole
from keras_sep.training._background_files import BackgroundFiles
from keras_sep.training._current_weights import current_weights
from keras_sep.training._epoch_log import EpochLog
from keras_sep.training._processes import by_itself, from_first, is_first
from keras_sep.training._training_state import (
    LAST,
    TrainingState,
    load_weights,
    read_state,
    seed_states,
    write_state,
)
from keras_sep.training.adapter_file import ADAPTERS, save_adapters
from keras_sep.training.lora import lora_of
from keras_sep.training.stop_at_nan import StopAtNaN

BEST = "best.keras"
SEPARATOR = "separator.keras"  # the best, once a training has ended
_COUNTERS = ("wait", "best", "best_epoch", "stopped_epoch", "cooldown_counter")


class Checkpoints(keras.callbacks.Callback):
    """Saves the best separator, and everything needed to resume a killed training.

    After every epoch, `last.weights.h5` holds the weights, the optimizer's moments and rate, the
    random states of the dropout and the counters of the other callbacks; after every epoch that
    improved, `best.keras` holds the separator. Both are replaced atomically: if the process is
    killed or the disk is full, the previous file stays. Files of more than 16 MiB are written by a
    thread, while the next epoch runs. A file that cannot be written raises a `ValueError` that
    names it, at the end of the next epoch if a thread has written it. Of several processes, the
    first writes. Must be the last callback.

    Args:
        out_dir: Folder of the two files.
        separator: Separator to save after epochs that improved.
        monitor: Name of the logged value that decides which epoch is the best. Epochs without it
            are not.
        counters: Callbacks whose state is saved and restored, by name.
        network: Network that is trained, if the separator has a copy of it, in another precision or
            with nothing frozen, which then takes its weights. Default None.
        guard: Callback that rejects epochs; None to keep all. Default None.
        log: Log whose rows are restored. Default None.
        recipe: YAML of the recipe, saved with the state. Default "".
        average: Callback that replaces the weights by their moving average, which is then saved as
            the best. Default None.
        higher: Whether the monitored value should rise, not fall. Default False.

    Attributes:
        epochs_done: Number of complete epochs, including those before a resume.
        best: Best monitored value so far, infinite before there is one.
        best_epoch: Epoch it came from, counted from 1; None before there is one.
    """

    def __init__(
        self,
        out_dir: str | Path,
        separator: keras.Model,
        monitor: str,
        counters: Mapping[str, keras.callbacks.Callback],
        network: keras.Model | None = None,
        guard: StopAtNaN | None = None,
        log: EpochLog | None = None,
        recipe: str = "",
        average: keras.callbacks.SwapEMAWeights | None = None,
        higher: bool = False,
    ) -> None:
        super().__init__()
        self.out_dir = Path(out_dir)
        self.separator = separator
        self.monitor = monitor
        self.counters = counters
        self.network = network
        self.guard = guard
        self.log = log
        self.recipe = recipe
        self.average = average
        self.higher = higher
        self.best = -math.inf if higher else math.inf
        self.best_epoch: int | None = None
        self.epochs_done = 0
        self._value: float | None = None
        self._best_digest: str | None = None
        self._restored: dict[str, dict[str, Any]] = {}
        self._files = BackgroundFiles()

    @property
    def trouble(self) -> str | None:
        """Description of where NaN or infinite values stopped the training, or None."""
        return None if self.guard is None else self.guard.trouble

    def restore(self, model: keras.Model) -> None:
        """Restore the last checkpoint: the model now, the counters when `fit` begins.

        If `best.keras` is missing, `separator.keras` replaces it if it is the same separator, or
        else the separator of the last epoch, whose value is then the best.
        """
        state, _ = read_state(self.out_dir / LAST)
        if state.monitor not in (None, self.monitor):
            raise ValueError(
                f"{self.out_dir}: was trained by its {state.monitor}, not by its {self.monitor}: "
                "resume it with validation data as before. Received: "
                f"{'some' if self.monitor == 'val_loss' else 'none'}"
            )
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        with by_itself():
            load_weights(self.out_dir / LAST, model, state)
        if state.seeds is None:
            say(
                f"{self.out_dir / LAST}: was saved before random states were kept, so dropout "
                "draws other numbers"
            )
        self.epochs_done, self._value = state.epochs_done, state.value
        self.best, self.best_epoch = state.best, state.best_epoch
        self._best_digest = state.best_digest
        for name, numbers in state.counters.items():
            if name in self.counters:  # the recipe may have dropped it since
                _set_numbers(self.counters[name], numbers)
                self._restored[name] = numbers
        if self.log is not None:
            self.log.restore(state.epochs_done)
        self.set_model(model)
        self._require_best()

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        for name, numbers in self._restored.items():  # anew: `fit` has set some back
            _set_numbers(self.counters[name], numbers)
        self._restored = {}

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self.wait()

    def wait(self) -> None:
        """Return once all files are written, which `fit` does not when it is interrupted."""
        self._files.wait()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.wait()
        if self.trouble is not None:
            return
        self.epochs_done = epoch + 1
        if self.monitor in (logs or {}):
            self._value = float((logs or {})[self.monitor])
            if self._value > self.best if self.higher else self._value < self.best:
                self.best, self.best_epoch = self._value, epoch + 1
                self._keep_best()
        self._keep_last()

    def _keep_last(self) -> None:
        if not is_first():
            return
        state, model = self._state(), self.model

        def write() -> None:
            known = dataclasses.replace(state, best_digest=self._best_digest)
            with by_itself():
                replace_whole(
                    self.out_dir / LAST, lambda path: write_state(path, model, known, self.recipe)
                )

        self._files.write(self._variables(), write)

    def _keep_best(self) -> None:
        with current_weights(self.model, self.separator, self.network, self.average):
            if is_first():
                lora = lora_of(self.model)
                if lora is not None:
                    save_adapters(lora, self.out_dir / ADAPTERS)
                self._files.write(self._variables(), self._write_best)

    def _variables(self) -> list[Any]:
        """All that is in the files: a separator also has the optimizer of its network."""
        model, optimizer = self.model, self.model.optimizer
        inner = getattr(optimizer, "inner_optimizer", optimizer)
        of_training = [*model.metrics_variables, *optimizer.variables, *inner.variables]
        return [*self.separator.variables, *model.variables, *of_training]

    def _write_best(self) -> None:
        with by_itself():
            replace_whole(self.out_dir / BEST, self.separator.save)
        self._best_digest = _digest(self.out_dir / BEST)

    def _require_best(self) -> None:
        """Replace a missing or damaged `best.keras`, and report by what."""
        best, final = self.out_dir / BEST, self.out_dir / SEPARATOR
        if math.isinf(self.best) or from_first(lambda: _is_whole(best)):
            return
        if from_first(
            lambda: _is_whole(final) and self._best_digest in (None, _digest(final)),
        ):
            say(f"{best}: is missing or damaged; {SEPARATOR} takes its place")
            if is_first():
                replace_whole(best, lambda partial: shutil.copyfile(final, partial))
            return
        say(
            f"{best}: is missing or damaged; continuing with the separator after epoch "
            f"{self.epochs_done}"
        )
        self._keep_best()
        if self._value is not None:
            self.best, self.best_epoch = self._value, self.epochs_done
        self._keep_last()  # or a kill leaves the old claim
        self.wait()

    def _state(self) -> TrainingState:
        return TrainingState(
            epochs_done=self.epochs_done,
            best=self.best,
            counters={name: _numbers(item) for name, item in self.counters.items()},
            best_epoch=self.best_epoch,
            value=self._value,
            monitor=self.monitor,
            seeds=tuple(
                keras.ops.convert_to_numpy(seed).tolist() for seed in seed_states(self.model)
            ),
        )


def _is_whole(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except (OSError, zipfile.BadZipFile):
        return False


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _numbers(callback: keras.callbacks.Callback) -> dict[str, Any]:
    """A callback's `state`, or its public counters, such as `wait` and `best` of EarlyStopping."""
    if hasattr(callback, "state"):
        return callback.state
    return {
        name: value.item() if isinstance(value, np.generic) else value
        for name, value in vars(callback).items()
        if name in _COUNTERS
    }


def _set_numbers(callback: keras.callbacks.Callback, numbers: dict[str, Any]) -> None:
    if hasattr(callback, "state"):
        callback.state = numbers
    else:
        for name in set(_COUNTERS) & set(numbers):
            setattr(callback, name, numbers[name])
