"""Whether a recipe agrees with the separator that it starts from."""

from typing import Any

from keras_sep._brief import brief
from keras_sep._without_memory import without_memory
from keras_sep.training.build import build_network
from keras_sep.training.recipe import Recipe
from keras_sep.training.settings import STFTSettings
from keras_sep.training.take_over import Start, start_of, start_separator


def check_start(recipe: Recipe) -> Start | None:
    """Find what a recipe's network takes over from the separator, before any audio is read.

    Returns:
        What is taken over, of a network of shapes alone; None for a recipe of new weights.

    Raises:
        ValueError: If the separator cannot be had, or the recipe does not agree with it.
    """
    start = recipe.start_from
    if start is None:
        return None
    separator = start_separator(start.weights)
    front_end: Any = separator.front_end
    wanted = {
        "sample_rate_hz": separator.sample_rate_hz,
        "channels": separator.channels or recipe.channels,
        "interchangeable_sources": separator.interchangeable_sources,
    }
    for name, value in wanted.items():
        _require(getattr(recipe, name) == value, name, value, getattr(recipe, name), start.weights)
    if front_end is None or recipe.stft is None:
        none = "null" if front_end is None else "given"
        same = (front_end is None) == (recipe.stft is None)
        _require(same, "stft", none, recipe.stft, start.weights)
    else:
        config = front_end.get_config()
        names = [name for name in vars(recipe.stft) if name in config]
        theirs = STFTSettings(**{name: config[name] for name in names})
        for name in names:
            value, mine = getattr(theirs, name), getattr(recipe.stft, name)
            _require(mine == value, f"stft.{name}", value, mine, start.weights)
    network = without_memory(lambda: build_network(recipe))
    return start_of(recipe, network, separator)


def _require(same: bool, name: str, wanted: Any, given: Any, weights: str) -> None:
    if not same:
        raise ValueError(
            f"`{name}` must be {brief(wanted)}, as that of {brief(weights)}, or be left out. "
            f"Received: {brief(given)}"
        )
