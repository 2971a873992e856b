"""The recipe of a fine-tuning, made of a separator."""

import dataclasses
from collections.abc import Sequence

from keras_sep._without_memory import without_memory
from keras_sep.training.build import build_network
from keras_sep.training.freezing import named_by
from keras_sep.training.recipe import Recipe
from keras_sep.training.take_over import changed_shapes, layers_of, start_separator

RATE, LORA_RATE = 1e-4, 3e-4
FALL = 100  # of the rate, by a cosine


def finetune_recipe(
    weights: str,
    sources: Sequence[str] | None = None,
    targets: Sequence[str] | None = None,
    lora: int | None = None,
    train: Sequence[str] | None = None,
    seconds: float | None = None,
    learning_rate: float | None = None,
    batch_size: int = 4,
    epochs: int | None = None,
) -> Recipe:
    """Make the recipe with which `keras-sep finetune` trains.

    Layers that start anew, as those of other sources do, are trained also where the others are
    frozen.

    Args:
        weights: Separator to start from, as for `StartFrom`.
        sources: Stems that the mixture is the sum of. Default: the separator's sources.
        targets: Stems to learn. Default: the separator's sources if all are among `sources`, or
            else all of them.
        lora: Rank of low-rank adapters, which alone are trained. Default None, no adapters.
        train: Patterns of layers or weights that are trained; the others are frozen. Default: all.
        seconds: Limit of the training time in seconds. Default: none.
        learning_rate: Learning rate, which falls to a hundredth. Default 1e-4, and 3e-4 with
            `lora`.
        batch_size: Number of excerpts per step. Default 4.
        epochs: Largest number of epochs. Default: that of recipes.

    Example:

    >>> network = keras_sep.zoo.open_unmix(("vocals", "drums"), bins=33, hidden=4, layers=1)
    >>> keras_sep.Separator(network, 8000, ("vocals", "drums"), keras_sep.layers.STFT(64, 16)).save(
    ...     "band.keras")
    >>> recipe = keras_sep.training.finetune_recipe("band.keras", train=["*_output"])
    >>> recipe.model.arguments["hidden"], recipe.sample_rate_hz, recipe.stft.hop_length
    (4, 8000, 16)
    """
    rate = learning_rate or (RATE if lora is None else LORA_RATE)
    fit = {
        "batch_size": batch_size,
        "learning_rate": rate,
        "final_learning_rate": rate / FALL,
        "time_limit_seconds": seconds,
    }
    if epochs is not None:
        fit["epochs"] = epochs
    start = {
        "weights": weights,
        "train": None if train is None else list(train),
        "lora": None if lora is None else {"rank": lora},
    }
    named = {"sources": sources, "targets": targets}
    recipe = Recipe.from_mapping(
        {
            "start_from": start,
            "fit": fit,
            **{key: list(names) for key, names in named.items() if names is not None},
        }
    )
    return _with_what_starts_anew(recipe)


def _with_what_starts_anew(recipe: Recipe) -> Recipe:
    start = recipe.start_from
    if start is None:
        return recipe
    network = without_memory(lambda: build_network(recipe))
    anew = changed_shapes(recipe, network, start_separator(start.weights))
    train, patterns = start.train, start.patterns
    if patterns is not None:
        more = layers_of(path for path in anew if not named_by(path, patterns))
        train = (*patterns, *more) or None
    kept = not any(path.endswith("/moving_variance") for path in anew)
    changed = dataclasses.replace(start, train=train, keep_statistics=kept)
    return dataclasses.replace(recipe, start_from=changed)
