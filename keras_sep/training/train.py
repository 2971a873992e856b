"""Training in one call."""

import contextlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras

from keras_sep._whole_files import replace_whole
from keras_sep.data import plain_errors
from keras_sep.training import build, datasets
from keras_sep.training.callbacks import build_callbacks
from keras_sep.training.checkpoints import BEST, LAST
from keras_sep.training.recipe import Recipe

SEPARATOR = "separator.keras"


@plain_errors()
def train(
    recipe: Recipe,
    data_dir: str | Path,
    out_dir: str | Path,
    resume: bool = False,
    mirrored: bool = False,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    verbose: int | str = "auto",
) -> Path:
    """Train a recipe's network and write the separator that did best.

    `training/train.py` shows the same steps one by one.

    Args:
        recipe: everything that decides the training.
        data_dir: folder of `train/<track>/<stem>.<ext>` and, if there is one, `valid`; or of the
            recordings that the recipe's `voices` name.
        out_dir: folder for `separator.keras`, checkpoints, `log.csv`, TensorBoard logs and cached
            spectrograms. A killed training leaves in it what `resume` needs.
        resume: go on from the last epoch in `out_dir`.
        mirrored: train on all of this machine's accelerators at once.
        callbacks: further Keras callbacks.
        verbose: as for `fit`.

    Returns:
        The path of `separator.keras`, as `keras-sep separate --model` takes it.
    """
    out_dir = prepare_folder(recipe, out_dir, resume)
    keras.utils.set_random_seed(recipe.seed)
    audio = datasets.training_audio(recipe, data_dir)
    held_out = datasets.validation_audio(recipe, data_dir)
    cache = out_dir / "cache"

    mean = scale = None
    if build.wants_statistics(recipe) and not resume:
        mean, scale = datasets.input_statistics(recipe, audio, cache)
    devices = distribution(mirrored)
    with devices.scope():
        network = build.build_network(recipe, mean, scale)
        model = build.build_model(recipe, network)
        model.compile(
            build.build_optimizer(recipe, devices.num_replicas_in_sync),
            loss=build.build_loss(recipe),
            loss_weights=build.build_loss_weights(recipe),
            jit_compile=recipe.fit.jit,
        )
        # before the step is traced: a step that makes its variables itself is traced twice
        model.optimizer.build(model.trainable_variables)
        watching, checkpoints = build_callbacks(recipe, out_dir, network, bool(held_out))
        if resume:
            checkpoints.restore(model)
            keep_recipe(recipe, out_dir)

    if not checkpoints.finished:
        model.fit(
            datasets.training_dataset(recipe, audio, cache, checkpoints.epochs_done),
            validation_data=datasets.validation_dataset(recipe, held_out, cache),
            epochs=recipe.fit.epochs,
            initial_epoch=checkpoints.epochs_done,
            callbacks=[*watching, *callbacks],
            shuffle=False,  # the excerpts are drawn at random already
            verbose=verbose,
        )
    return finish(out_dir)


def prepare_folder(recipe: Recipe, out_dir: str | Path, resume: bool) -> Path:
    """Make the output folder, with the recipe in a new one; refuse to overwrite a training.

    What a recipe asks for and cannot have is said before any audio is read.
    """
    out_dir = Path(out_dir)
    if not resume and (out_dir / LAST).exists():
        raise ValueError(f"{out_dir}: holds a training; resume it or choose another folder")
    if resume and not (out_dir / LAST).exists():
        raise ValueError(f"{out_dir}: holds no training to resume")
    build.build_loss(recipe)
    build.build_target(recipe)
    network = build.build_network(recipe)
    build.build_model(recipe, network)
    build.build_separator(recipe, network)
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"{out_dir}: {error.strerror}") from None
    if not resume:
        keep_recipe(recipe, out_dir)
    return out_dir


def keep_recipe(recipe: Recipe, out_dir: Path) -> None:
    """Write the recipe beside what is trained from it; resuming, once it fits the checkpoint."""
    text = recipe.to_yaml()
    replace_whole(out_dir / "recipe.yaml", lambda partial: partial.write_text(text, "utf-8"))


def distribution(mirrored: bool) -> Any:
    """What to build the model in the `scope()` of: one device, or all of this machine's."""
    if not mirrored:
        return _OneDevice()
    import tensorflow as tf

    return tf.distribute.MirroredStrategy()


class _OneDevice:
    num_replicas_in_sync = 1

    def scope(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()


def finish(out_dir: Path) -> Path:
    """Give the best checkpoint its final name."""
    best, final = out_dir / BEST, out_dir / SEPARATOR
    if not best.is_file():
        raise ValueError(f"{out_dir}: no epoch gave a loss that is a number")
    replace_whole(final, lambda partial: shutil.copyfile(best, partial))
    return final
