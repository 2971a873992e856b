"""What may change when a training is resumed, and whether there is anything left to do."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import keras

from keras_sep._brief import brief
from keras_sep._named.fields import to_mapping
from keras_sep._printable import say
from keras_sep._whole_files import replace_whole
from keras_sep.training._machine import note_start
from keras_sep.training._processes import is_first
from keras_sep.training._training_state import LAST, read_state
from keras_sep.training.checkpoints import Checkpoints
from keras_sep.training.recipe import Recipe
from keras_sep.training.take_over import start_of, start_separator, take_over

RECIPE = "recipe.yaml"

# Keys of how a training continues, not of what it learns: if these change, the network and the
# optimizer's moments still fit, and later losses are comparable with the best so far.
MAY_CHANGE = frozenset(
    {
        "fit.epochs",
        "fit.time_limit_seconds",
        "fit.patience",
        "fit.plateau_patience",
        "fit.plateau_factor",
        "fit.plateau_cooldown",
        "fit.learning_rate",
        "fit.final_learning_rate",
        "fit.decay_factor",
        "fit.clip_norm",
        "fit.weight_decay",
        "fit.batch_size",
        "fit.jit",
        "fit.model_parallel",
        "fit.tensorboard",
        "fit.page",
        "data.bad_audio",
        "data.parallel_calls",
        "data.cache",
    }
)


def changed_keys(recipe: Recipe, out_dir: Path) -> dict[str, tuple[Any, Any]]:
    """Old and new values of the keys in which a recipe differs from the training in `out_dir`.

    Raises:
        ValueError: If one of them is not in `MAY_CHANGE`.
    """
    _, before = read_state(out_dir / LAST)
    if before is None:  # of an older version
        before = Recipe.from_yaml(out_dir / RECIPE)
    changed = dict(_differences(to_mapping(before), to_mapping(recipe)))
    refused = {name: pair for name, pair in changed.items() if name not in MAY_CHANGE}
    if refused:
        raise ValueError(
            f"{out_dir}: was trained with a different recipe: {_in_words(refused)}. Restore it, or "
            "choose another folder for a new training run"
        )
    return changed


def take_up(recipe: Recipe, model: keras.Model, checkpoints: Checkpoints) -> None:
    """Restore the training in the output folder, and apply the recipe's changes since."""
    changed = changed_keys(recipe, checkpoints.out_dir)
    checkpoints.restore(model)
    # otherwise the rate is what a plateau or a cosine has made of it
    if {"fit.learning_rate", "fit.final_learning_rate"} & changed.keys():
        model.optimizer.learning_rate = recipe.fit.learning_rate
    if changed:
        say(f"changed since: {_in_words(changed)}")
    if changed or not (checkpoints.out_dir / RECIPE).is_file():
        keep_recipe(recipe, checkpoints.out_dir)


def start(
    recipe: Recipe, model: keras.Model, checkpoints: Checkpoints, resume: bool = False
) -> None:
    """Begin a training, or take up the one in the output folder.

    Args:
        recipe: Recipe of the training.
        model: Compiled model.
        checkpoints: From `build_callbacks`.
        resume: Whether to take up the training in their folder.
    """
    if recipe.start_from is not None and not resume:
        network = checkpoints.network or checkpoints.separator.networks
        begun = start_of(recipe, network, start_separator(recipe.start_from.weights))
        take_over(begun)
        say(*begun.lines)
    # before the step is traced: a step that makes its variables itself is traced twice
    model.optimizer.build(model.trainable_variables)
    if resume:
        take_up(recipe, model, checkpoints)
    else:
        keep_recipe(recipe, checkpoints.out_dir)
    if is_first():
        note_start(checkpoints.out_dir, checkpoints.epochs_done)


def keep_recipe(recipe: Recipe, out_dir: Path) -> None:
    """Write the recipe into the output folder."""
    text = recipe.to_yaml()
    if is_first():
        replace_whole(out_dir / RECIPE, lambda partial: partial.write_text(text, "utf-8"))


def _in_words(changed: Mapping[str, tuple[Any, Any]]) -> str:
    """The old and the new value of each key, in one line."""
    return ", ".join(
        f"`{name}` was {brief(old)} and is {brief(new)}" for name, (old, new) in changed.items()
    )


def more_to_do(recipe: Recipe, checkpoints: Checkpoints) -> bool:
    """Whether a training has not ended already; where it has, why, and what would let it go on."""
    reason = why_ended(recipe, checkpoints)
    if reason:
        say(f"{checkpoints.out_dir}: {reason}")
    return reason is None


def why_ended(recipe: Recipe, checkpoints: Checkpoints) -> str | None:
    """Reason why a resumed training has already ended, and how to continue it; else None."""
    fit, done, counters = recipe.fit, checkpoints.epochs_done, checkpoints.counters
    if done >= fit.epochs:
        return f"already finished at epoch {done} of {fit.epochs}; raise `fit.epochs` to go on"
    seconds = counters["clock"].seconds
    if fit.time_limit_seconds is not None and seconds >= fit.time_limit_seconds:
        return (
            f"already finished after epoch {done}: {seconds:.0f} s of "
            f"{fit.time_limit_seconds:g} s are used up; raise `fit.time_limit_seconds` to go on"
        )
    if fit.patience is not None and counters["early_stopping"].wait >= fit.patience:
        return (
            f"already finished: stopped after epoch {done}, as {fit.patience} epochs had not "
            "improved; raise `fit.patience` or leave it out to go on"
        )
    return None


def _differences(old: Any, new: Any, name: str = "") -> Iterator[tuple[str, tuple[Any, Any]]]:
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        if old != new:
            yield name, (old, new)
        return
    for key in [*old, *(key for key in new if key not in old)]:
        yield from _differences(old.get(key), new.get(key), f"{name}.{key}" if name else str(key))
