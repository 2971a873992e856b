"""Training in one call."""

import contextlib
import math
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras

from keras_sep._folder_lock import only_writer
from keras_sep._new_folder import new_folder
from keras_sep._printable import say
from keras_sep._tensorflow import require_tensorflow
from keras_sep._whole_files import replace_whole
from keras_sep.data import plain_errors
from keras_sep.training import messages
from keras_sep.training._epoch_log import LOG
from keras_sep.training._processes import agreed, is_first
from keras_sep.training._training_state import LAST
from keras_sep.training.build import build_model, build_network, check
from keras_sep.training.callbacks import build_callbacks
from keras_sep.training.check_start import check_start
from keras_sep.training.checkpoints import BEST, SEPARATOR, Checkpoints
from keras_sep.training.compile_arguments import compile_arguments
from keras_sep.training.devices import distribution, fit_datasets
from keras_sep.training.hosts import Hosts, joined
from keras_sep.training.recipe import Recipe
from keras_sep.training.result_page import result_page
from keras_sep.training.resume import RECIPE, changed_keys, more_to_do, start
from keras_sep.training.shared_start import find_audio, shared_statistics


@plain_errors(messages.BAD_AUDIO)
def train(
    recipe: Recipe,
    data_dir: str | Path,
    out_dir: str | Path,
    resume: bool = False,
    mirrored: bool = False,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    verbose: int | str = "auto",
    hosts: Hosts | None = None,
) -> Path:
    """Train a recipe's network and write the best separator.

    The script `training/train.py` shows the same steps one by one. If the loss or the weights
    become NaN or infinite, training stops with a message on stderr and keeps the epochs before.

    Args:
        recipe: Description of the training.
        data_dir: Folder of `train/<track>/<stem>.<ext>` and, if there is one, `valid`; or of the
            recordings that the recipe's `voices` name.
        out_dir: Folder for `separator.keras`, `listen.html`, checkpoints, `log.csv`, TensorBoard
            logs and cached spectrograms. A killed training leaves in it what `resume` needs. One
            training at a time writes into it.
        resume: Whether to continue from the last epoch in `out_dir`, as if the training had never
            stopped. Only the keys in `keras_sep.training.MAY_CHANGE` may differ in the recipe.
            Default False.
        mirrored: Whether to train on all accelerators of this machine at once. Default False.
        callbacks: Further Keras callbacks.
        hosts: Which process this is of several that train together, from `Hosts.found`; None for
            one alone. Default None.
        verbose: Verbosity as for `fit`; "auto" shows a bar in a terminal and elsewhere one line per
            epoch. 0 also hides the messages before and after the epochs. Default "auto".

    Returns:
        The path of `separator.keras`, as `keras-sep separate --model` takes it.

    Raises:
        ValueError: If the recipe, the data, or what is in `out_dir` cannot be trained with, or no
            epoch had a finite loss.
    """
    with joined(hosts), output_folder(recipe, out_dir, resume) as out_dir:
        devices = distribution(mirrored, recipe.fit.model_parallel)
        keras.utils.set_random_seed(recipe.seed)
        cache = out_dir / "cache"
        audio, held_out = find_audio(recipe, data_dir)
        if verbose or not held_out:
            say(*messages.opening(recipe, data_dir, audio, held_out))

        statistics = () if resume else shared_statistics(recipe, audio, cache)
        with devices.scope():
            network = build_network(recipe, *statistics)
            model = build_model(recipe, network)
            model.compile(**compile_arguments(recipe, devices))
            watching, checkpoints = build_callbacks(recipe, out_dir, network, held_out)
            start(recipe, model, checkpoints, resume)

        done = checkpoints.epochs_done
        dataset, validation = fit_datasets(recipe, audio, held_out, cache, devices, done)
        if verbose:
            say(*messages.plan(recipe, model, dataset, devices, checkpoints))
        if more_to_do(recipe, checkpoints):
            bar, lines = messages.progress(checkpoints, verbose)
            try:
                with devices.scope():
                    model.fit(
                        dataset,
                        validation_data=validation,
                        callbacks=[*watching, *callbacks, *lines],
                        verbose=bar,
                        **fit_arguments(recipe, checkpoints),
                    )
            finally:
                checkpoints.wait()
        separator = finish(recipe, checkpoints)
        page = result_page(recipe, checkpoints, audio, held_out)
        if verbose:
            say(*messages.closing(checkpoints, page))
        return separator


def fit_arguments(recipe: Recipe, checkpoints: Checkpoints) -> dict[str, Any]:
    """What `fit` takes of the recipe, and of the training that it goes on with."""
    return {
        "epochs": recipe.fit.epochs,
        "initial_epoch": checkpoints.epochs_done,
        "shuffle": False,  # excerpts are already in random order
    }


@contextlib.contextmanager
def output_folder(recipe: Recipe, out_dir: str | Path, resume: bool) -> Iterator[Path]:
    """Check a recipe and the output folder before any audio is read, and lock the folder.

    One that was new, and into which nothing has been written, is removed again.

    Args:
        recipe: Recipe of the training.
        out_dir: Path of the folder, which is created if needed.
        resume: Whether to continue the training in it.

    Yields:
        The folder.

    Raises:
        ValueError: If the folder holds a training and `resume` is False, or none and it is True, or
            one with another recipe, or if another training writes into it.
        ImportError: If TensorFlow, or TensorBoard where the recipe wants its logs, is missing.
    """
    out_dir = Path(out_dir)
    with contextlib.ExitStack() as stack:
        with agreed("recipe and `resume`") as same:
            if is_first():
                stack.enter_context(_locked_folder(recipe, out_dir, resume))
            same += [recipe.to_yaml(), resume]
        with agreed():
            if not out_dir.is_dir():
                raise ValueError(
                    f"{out_dir}: must be on a file system that all hosts share, as process 0 has "
                    "made it and it is not here"
                )
        yield out_dir


@contextlib.contextmanager
def _locked_folder(recipe: Recipe, out_dir: Path, resume: bool) -> Iterator[None]:
    require_tensorflow("training")
    if recipe.fit.tensorboard:
        require_tensorflow("`fit.tensorboard`", "tensorboard")
    if resume and not out_dir.is_dir():
        raise _nothing_to_resume(out_dir)
    check(recipe)
    if not resume:
        check_start(recipe)
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(new_folder(out_dir))
        except OSError as error:
            raise ValueError(f"{out_dir}: {error.strerror}") from None
        stack.enter_context(only_writer(out_dir, "training"))
        for name in (BEST, SEPARATOR, LAST, LOG, RECIPE):
            if (out_dir / name).is_dir():
                raise ValueError(
                    f"{out_dir / name}: must become a file: move what is there. Received: a folder"
                )
        if resume and not (out_dir / LAST).exists():
            raise _nothing_to_resume(out_dir)
        if resume:
            changed_keys(recipe, out_dir)
        elif (out_dir / LAST).exists():
            raise ValueError(
                f"{out_dir}: holds a training: go on with it by --resume "
                "(in Python `resume=True`), or choose another folder"
            )
        yield


def _nothing_to_resume(out_dir: Path) -> ValueError:
    return ValueError(f"{out_dir}: contains no training to resume, as it has no {LAST}")


def finish(recipe: Recipe, checkpoints: Checkpoints) -> Path:
    """Give the best checkpoint its final name, and report if NaN stopped the training.

    Raises:
        ValueError: If there is none, as no epoch had a finite loss.
    """
    best, final = checkpoints.out_dir / BEST, checkpoints.out_dir / SEPARATOR
    trouble = checkpoints.trouble and messages.trouble(recipe, checkpoints)
    if math.isinf(checkpoints.best):
        raise ValueError(trouble or f"{checkpoints.out_dir}: no epoch had a finite loss")
    if is_first():
        replace_whole(final, lambda partial: shutil.copyfile(best, partial))
    if trouble:
        say(trouble)
    return final
