"""Messages of a training: before it begins, after each epoch, and at the end."""

import math
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras

from keras_sep._brief import counted
from keras_sep._printable import say as say  # for training/train.py
from keras_sep.data.layouts import TRAIN, VALID, split_folder, split_folders
from keras_sep.data.shards import is_prepared
from keras_sep.training._processes import is_first, processes
from keras_sep.training._training_state import LAST
from keras_sep.training.checkpoints import SEPARATOR, Checkpoints
from keras_sep.training.datasets import Audio
from keras_sep.training.devices import shared_batch_size
from keras_sep.training.recipe import Recipe

BAD_AUDIO = (
    "found while training, as only decoding shows it: move its track or recording out of the data "
    "folder and go on with --resume, or start again where no epoch was whole"
)


def opening(recipe: Recipe, data_dir: str | Path, audio: Audio, held_out: Audio) -> list[str]:
    """Lines on the training and validation audio."""
    root = Path(data_dir)
    lines = [f"training on {_amount(recipe, audio)}"]
    if not held_out:
        return [*lines, _no_validation(recipe, root)]
    folder = split_folder(root, VALID) if recipe.voices is None else None
    where = folder or ("prepared" if is_prepared(root) else "named in the recipe")
    return [*lines, f"validating on {_amount(recipe, held_out)}, {where}"]


def plan(
    recipe: Recipe, model: keras.Model, dataset: Any, devices: Any, checkpoints: Checkpoints
) -> list[str]:
    """Lines on the network, the length of the training, and the devices."""
    fit, done = recipe.fit, checkpoints.epochs_done
    limit = "" if fit.time_limit_seconds is None else f" or {fit.time_limit_seconds:g} s"
    steps, excerpts = int(dataset.cardinality()), shared_batch_size(recipe, devices)
    lines = [
        f"network: {recipe.model.name} for {', '.join(recipe.targets)}, "
        f"{model.count_params():,} parameters",
        *_partly(recipe, model),
        f"an epoch: {counted(steps, 'step')} of {counted(excerpts, 'excerpt')}; at most "
        f"{counted(fit.epochs, 'epoch')}{limit}, "
        f"on {devices.num_replicas_in_sync} {_kind_of_device()}"
        f"{f' in {processes()} processes' if processes() > 1 else ''}",
    ]
    if excerpts != fit.batch_size:
        count = devices.num_replicas_in_sync
        lines.append(
            f"fit.batch_size: {fit.batch_size} becomes {excerpts}, of which each of the {count} "
            f"devices gets {excerpts // count}"
        )
    return [*lines, f"going on after epoch {done}, {_best(checkpoints)}"] if done else lines


def _partly(recipe: Recipe, model: keras.Model) -> list[str]:
    """Line on how much is trained, where that is not all."""
    if recipe.start_from is None or recipe.start_from.patterns is None:
        return []
    trained, kept = _numbers(model.trainable_weights), _numbers(model.optimizer.variables)
    return [
        f"trained: {trained:,} of them, {trained / model.count_params():.1%}; "
        f"the optimizer keeps {kept:,} numbers"
    ]


def _numbers(variables: Sequence[Any]) -> int:
    return sum(math.prod(variable.shape) for variable in variables)


def _best(checkpoints: Checkpoints) -> str:
    of = f" of epoch {checkpoints.best_epoch}" if checkpoints.best_epoch else ""
    return f"the best {checkpoints.monitor} is {checkpoints.best:.6g}{of}"


def closing(checkpoints: Checkpoints, page: Path | None = None) -> list[str]:
    """Lines on the best epoch, its separator, its page if there is one, and how to use it."""
    separator = checkpoints.out_dir / SEPARATOR
    return [
        f"{counted(checkpoints.epochs_done, 'epoch')} done, {_best(checkpoints)}",
        f"the best epoch's separator: {separator}",
        *([f"hear it, and see the losses: {page}"] if page else []),
        f"next: keras-sep separate FILE --model {shlex.quote(str(separator))} --out stems",
    ]


def trouble(recipe: Recipe, checkpoints: Checkpoints) -> str:
    """Message on where NaN or infinite values occurred, what is kept, and what may help."""
    fit, done = recipe.fit, checkpoints.epochs_done
    kept = f"the state after epoch {done} is kept" if done else "no whole epoch was before it"
    half = fit.precision == "mixed_float16"
    return (
        f"{checkpoints.out_dir}: training stopped, as {checkpoints.trouble}; {kept}. "
        f"{'Go on with --resume and' if done else 'Begin again with'} a lower `fit.learning_rate` "
        f"(now {fit.learning_rate:g}) or a smaller `fit.clip_norm` (now {fit.clip_norm or 'none'})"
        f"{', or in a new folder `fit.precision` mixed_bfloat16 or float32' if half else ''}; "
        "if it happens again, look for odd audio in the data"
    )


def interrupted(out_dir: str | Path) -> str:
    """Message on how to continue a training that the user has stopped."""
    if (Path(out_dir) / LAST).is_file():
        return "--resume continues from the last whole epoch"
    return "no epoch was whole yet; run the same command again"


def progress(
    checkpoints: Checkpoints, verbose: int | str = "auto"
) -> tuple[int | str, list[keras.callbacks.Callback]]:
    """`verbose` of `fit`, and callbacks: a bar in a terminal, else one line per epoch."""
    if verbose != "auto" or not is_first():
        return verbose if is_first() else 0, []
    return (1, []) if sys.stdout.isatty() else (0, [EpochLines(checkpoints)])


class EpochLines(keras.callbacks.Callback):
    """Prints one line per epoch, for files and CI logs, which a bar would flood."""

    def __init__(self, checkpoints: Checkpoints) -> None:
        super().__init__()
        self.checkpoints = checkpoints

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        values = ", ".join(f"{name} {value:.6g}" for name, value in (logs or {}).items())
        mark = ", best so far" if self.checkpoints.best_epoch == epoch + 1 else ""
        print(f"epoch {epoch + 1}/{self.params['epochs']}: {values}{mark}", flush=True)


def _amount(recipe: Recipe, audio: Audio) -> str:
    """Number and length of tracks, or of recordings and voices."""
    if recipe.voices is None:
        return f"{counted(len(audio), 'track')}, {_duration(audio)}"
    voices = {voice for pool in audio for voice in pool}
    files = {file.path: file for pool in audio for some in pool.values() for file in some}
    recordings = f"{counted(len(files), 'recording')} of {counted(len(voices), 'voice')}"
    return f"{recordings}, {_duration([*files.values()])}"


def _duration(audio: Sequence[Any]) -> str:
    seconds = sum(item.samples / item.sample_rate_hz for item in audio)
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"


def _kind_of_device() -> str:
    """CPU, GPU or TPU; Keras does not report PyTorch's devices."""
    if keras.backend.backend() == "torch":
        return "device"
    return keras.distribution.list_devices()[0].partition(":")[0].upper()


def _no_validation(recipe: Recipe, root: Path) -> str:
    warning = (
        "NO VALIDATION: the best epoch will be the one with the least training loss, which does "
        "not tell how well it separates what it has not seen. "
    )
    if recipe.voices is not None:
        return f"{warning}Name recordings in `voices.valid`"
    if is_prepared(root):
        return f"{warning}Prepare data with a split `{VALID}`, or name some in `data.validation`"
    if (root / "test").is_dir():
        return (
            f"{warning}{root / 'test'} is not looked at: tracks to validate on go to {root / VALID}"
        )
    beside = split_folders(root.parent, VALID)
    if beside and split_folder(root, TRAIN) is None:
        return f"{warning}Is {beside[0]} meant? Give {root.parent} as the data folder"
    return f"{warning}Put tracks into {root / VALID}, or name some in `data.validation`"
