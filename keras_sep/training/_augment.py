"""Augmentations that a recipe names: of this package, or of the user's own."""

import functools
import inspect
from typing import Any

import numpy as np

from keras_sep._named import Named, made, public
from keras_sep._named.arguments import check_arguments
from keras_sep.data import augmentations
from keras_sep.data.pipelines import AugmentationError, OwnAugmentation, augmented, of_mixture
from keras_sep.training.recipe import Recipe

_KEY = "data.augment"
_NAMES = [name for name in augmentations.__all__ if name != "SourceAugmentation"]


def build_augment(recipe: Recipe) -> tuple[OwnAugmentation, ...]:
    """The functions that vary the stems of an excerpt, their arguments filled in."""
    known = {"sample_rate_hz": recipe.sample_rate_hz, "sources": recipe.sources}
    return tuple(_function(named, known) for named in recipe.data.augment)


def check_augment(recipe: Recipe) -> None:
    """Try the functions on an excerpt of noise, or raise a ValueError."""
    if not recipe.data.augment:
        return
    augment = build_augment(recipe)
    if recipe.data.on_device is not None and any(map(of_mixture, augment)):
        raise ValueError(
            f"`{_KEY}` must not vary the mixture alone together with `data.on_device`, which makes "
            "the mixture itself. Received: `mixture` true"
        )
    samples = round(recipe.data.excerpt_seconds * recipe.sample_rate_hz)
    shape = (samples, recipe.channels, len(recipe.sources))
    noise = np.random.default_rng(0).random(shape, np.float32) * 0.2 - 0.1
    try:
        augmented(noise, augment, recipe.seed, 0, 0)
    except AugmentationError as error:
        raise ValueError(f"`{_KEY}`: {error}") from error


def _function(named: Named, known: dict[str, Any]) -> OwnAugmentation:
    function = public(augmentations, named.name, f"{_KEY}.name", _NAMES)
    if inspect.isclass(function):
        return made(function, known, named, _KEY)
    check_arguments(function, named.arguments, f"{_KEY}.arguments", {*known, "stems", "rng"})
    takes = inspect.signature(function).parameters
    given = {name: value for name, value in known.items() if name in takes} | named.arguments
    return functools.update_wrapper(functools.partial(function, **given), function)
