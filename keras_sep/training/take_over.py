"""The weights of a separator as those that a training starts from."""

import inspect
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from keras_sep import zoo
from keras_sep._brief import brief, brief_names
from keras_sep._layer_name import layer_name
from keras_sep._named import public
from keras_sep.inference import load_separator
from keras_sep.pretrained import model_file
from keras_sep.separator import Separator
from keras_sep.training.freezing import named_by
from keras_sep.training.recipe import Recipe


@dataclass(frozen=True)
class Start:
    """Which weights of a network come from a separator.

    Args:
        pairs: Weights of the network, each with that of the separator's network.
        anew: Paths of the weights of the network that start anew.
        lines: What to tell the user.
    """

    pairs: list[tuple[Any, Any]]
    anew: list[str]
    lines: list[str]


def start_separator(weights: str) -> Separator:
    """The separator that `start_from.weights` names.

    Raises:
        ValueError: If it cannot be had, or is not of one network.
    """
    separator = load_separator(model_file(weights))
    if len(_networks(separator)) != 1:
        raise ValueError(
            f"`start_from.weights` must be of one network. Received: {brief(weights)}, of "
            f"{len(_networks(separator))}: take the weights of one of them, or train anew"
        )
    return separator


def network_inside(separator: Separator) -> keras.Model:
    """The one network of a separator."""
    (network,) = _networks(separator)
    return network


def own_sources(separator: Separator) -> tuple[str, ...]:
    """The sources that the network estimates, without those that its post-filter adds."""
    added = len(getattr(separator.post_filter, "extra_sources", ()))
    return separator.source_names[: len(separator.source_names) - added]


def start_of(recipe: Recipe, network: keras.Model, separator: Separator) -> Start:
    """Find the weights that a recipe's network takes over from a separator.

    All must fit if the targets are the separator's sources. Otherwise those whose shape fits are
    taken over, and the others, as a rule those of the last layers, start anew. If every target has
    its own network, one of a new name starts from that of the separator's first source.

    Raises:
        ValueError: If the recipe's network is another than the separator's, or weights that start
            anew are frozen, or are those of batch normalisation that keeps its statistics.
    """
    assert recipe.start_from is not None
    weights, old = recipe.start_from.weights, network_inside(separator)
    found, first = _matched(recipe, network, separator)
    pairs = [pair for pair in found if _fits(*pair)]
    anew = [weight.path for weight, given in found if not _fits(weight, given)]
    if anew and (recipe.targets == own_sources(separator) or not pairs):
        raise ValueError(
            f"`model` must be the network of {brief(weights)}, a {old.name} with "
            f"{old.count_params():,} weights, or be left out. Received: {recipe.model.name} with "
            f"{network.count_params():,} weights; {brief_names(anew)} would start anew"
        )
    patterns = recipe.start_from.patterns
    frozen = [] if patterns is None else [x for x in anew if not named_by(x, patterns)]
    if frozen:
        raise ValueError(
            "`start_from.train` must also name what starts anew, as its shape is another than in "
            f"{brief(weights)}: {brief_names(layers_of(frozen))}. "
            f"Received: {brief(list(patterns or ()))}"
        )
    statistics = [path for path in anew if path.endswith("/moving_variance")]
    if statistics and recipe.start_from.keep_statistics:
        raise ValueError(
            "`start_from.keep_statistics` must be false, as batch normalisation starts anew: "
            f"{brief_names(layers_of(statistics))}. Received: true"
        )
    return Start(pairs, anew, _in_words(weights, network, pairs, anew, first))


def changed_shapes(recipe: Recipe, network: keras.Model, separator: Separator) -> list[str]:
    """Paths of the weights that start anew."""
    found, _ = _matched(recipe, network, separator)
    return [weight.path for weight, given in found if not _fits(weight, given)]


def take_over(start: Start) -> None:
    """Give a network the weights that it takes over."""
    for weight, given in start.pairs:
        weight.assign(keras.ops.convert_to_numpy(given))


def layers_of(paths: Iterable[str]) -> list[str]:
    """The outermost layers of these weights, each once."""
    return list(dict.fromkeys(path.split("/")[0] for path in paths))


def _matched(
    recipe: Recipe, network: keras.Model, separator: Separator
) -> tuple[list[tuple[Any, Any]], dict[str, str]]:
    """Every weight with that of the separator, or None; new targets with those they start from."""
    old = network_inside(separator)
    names, known = recipe.targets, own_sources(separator)
    apart = "targets" in inspect.signature(public(zoo, recipe.model.name, "model.name")).parameters
    if not apart and names != known and set(names) == set(known):
        raise ValueError(
            f"`targets` must be in the order of the weights, {', '.join(known)}. "
            f"Received: {', '.join(names)}"
        )
    first = {name: known[0] for name in names if name not in known} if apart else {}
    found, by_path = [], {weight.path: weight for weight in old.weights}
    for weight in network.weights:
        found.append(by_path.get(_renamed(weight.path, first)))
    lacking = any(given is None for given in found)
    if lacking and len(network.weights) == len(old.weights):  # other names, the same order
        found = [*old.weights]
    return list(zip(network.weights, found, strict=True)), first


def _fits(weight: Any, given: Any) -> bool:
    return given is not None and tuple(given.shape) == tuple(weight.shape)


def _networks(separator: Separator) -> list[Any]:
    networks = separator.networks
    return list(networks.values()) if isinstance(networks, dict) else [networks]


def _renamed(path: str, first: dict[str, str]) -> str:
    """The path in the separator of a weight of a target that the separator does not have."""
    for new, old in first.items():
        prefix = layer_name(new)
        if path.startswith((f"{prefix}_", f"{prefix}/")):
            return layer_name(old) + path[len(prefix) :]
    return path


def _in_words(
    weights: str, network: Any, pairs: list[Any], anew: list[str], first: dict[str, str]
) -> list[str]:
    taken = sum(int(np.prod(weight.shape)) for weight, _ in pairs)
    lines = [
        f"starts from {weights}: {taken:,} of {network.count_params():,} numbers, "
        f"{len(pairs)} of {len(network.weights)} weights"
    ]
    lines += [f"{new} starts from {old}" for new, old in first.items()]
    if anew:
        lines.append(f"starts anew, as its shape is another: {brief_names(layers_of(anew))}")
    return lines
