"""The callbacks of a recipe, in the order they depend on each other."""

import dataclasses
from pathlib import Path

import keras

from keras_sep._whole_files import replace_whole, writing
from keras_sep.training.build import build_network, build_separator
from keras_sep.training.checkpoints import Checkpoints
from keras_sep.training.clock import Clock, CosineRate
from keras_sep.training.recipe import Recipe

LOG = "log.csv"


def build_callbacks(
    recipe: Recipe, out_dir: str | Path, network: keras.Model, validated: bool
) -> tuple[list[keras.callbacks.Callback], Checkpoints]:
    """What a recipe wants done during `fit`.

    Args:
        recipe: the recipe.
        out_dir: folder of checkpoints and logs.
        network: what the checkpoints keep, inside its separator.
        validated: whether `fit` gets validation data; else the training loss is watched.

    Returns:
        All callbacks in the order `fit` should call them, and the `Checkpoints` among them, which
        restores a killed training.
    """
    fit, out_dir = recipe.fit, Path(out_dir)
    monitor = "val_loss" if validated else "loss"
    counters: dict[str, keras.callbacks.Callback] = {"clock": Clock(fit.time_limit_seconds)}
    if fit.final_learning_rate is not None:
        counters["cosine"] = CosineRate(
            fit.learning_rate, fit.final_learning_rate, fit.epochs, counters["clock"]
        )
    if fit.plateau_patience is not None:
        counters["plateau"] = keras.callbacks.ReduceLROnPlateau(
            monitor,
            factor=fit.plateau_factor,
            patience=fit.plateau_patience,
            mode="min",
            min_delta=0.0,
            cooldown=10,  # as Open-Unmix
        )
    if fit.patience is not None:
        counters["early_stopping"] = keras.callbacks.EarlyStopping(
            monitor, patience=fit.patience, mode="min"
        )
    if fit.precision == "float32":
        checkpoints = Checkpoints(out_dir, build_separator(recipe, network), monitor, counters)
    else:  # what is kept computes in float32 all the same
        plain = dataclasses.replace(recipe, fit=dataclasses.replace(fit, precision="float32"))
        separator = build_separator(recipe, build_network(plain))
        checkpoints = Checkpoints(out_dir, separator, monitor, counters, network)
    logs = [_Log(str(out_dir / LOG), checkpoints)]
    if fit.tensorboard:
        logs.append(keras.callbacks.TensorBoard(out_dir / "tensorboard", write_graph=False))
    return [*counters.values(), *logs, checkpoints], checkpoints


class _Log(keras.callbacks.CSVLogger):
    """A CSV log that goes on where the checkpoint does, without rows of a lost epoch."""

    def __init__(self, filename: str, checkpoints: Checkpoints) -> None:
        super().__init__(filename)
        self.checkpoints = checkpoints

    def on_train_begin(self, logs: dict | None = None) -> None:
        done = self.checkpoints.epochs_done
        path = Path(self.filename)
        self.append = bool(done) and path.is_file()
        if self.append:
            header, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
            kept = [header, *(row for row in rows if int(row.partition(",")[0]) < done)]
            replace_whole(path, lambda partial: partial.write_text("".join(kept), "utf-8"))
        super().on_train_begin(logs)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        with writing(self.filename):
            super().on_epoch_end(epoch, logs)
