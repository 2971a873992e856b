"""Freezing all of a network but the layers that patterns name."""

import fnmatch
from collections.abc import Sequence

import keras

from keras_sep._brief import brief_names
from keras_sep._keras import sublayers


def train_only(network: keras.Model, patterns: Sequence[str] | None) -> None:
    """Freeze all weights of a network but those that patterns name.

    A layer of which nothing is trained runs as in inference: batch normalisation keeps its
    statistics.

    Args:
        network: Network, changed in place.
        patterns: Patterns as of files, compared with the names of layers and with the paths of
            weights: `"decoder*"`, `"block_3_*"`, `"*/bias"`. None to train all.

    Raises:
        ValueError: If a pattern names no weight.

    Example:

    >>> network = keras_sep.zoo.open_unmix(("vocals",), bins=17, hidden=4, layers=1)
    >>> keras_sep.training.train_only(network, ["*_3", "*_output"])
    >>> [weight.path for weight in network.trainable_weights]
    ['vocals_3/kernel', 'vocals_output/shift', 'vocals_output/scale']
    """
    if patterns is None:
        return
    require_named(network, patterns, "train")
    chosen = {id(weight) for weight in network.weights if named_by(weight.path, patterns)}
    for layer in sublayers(network):
        inside = {id(weight) for weight in layer.weights}
        if layer is not network and inside and not inside & chosen:
            layer.trainable = False
    for weight in network.trainable_weights:
        weight.trainable = id(weight) in chosen


def freeze_statistics(network: keras.Layer) -> None:
    """Freeze the batch normalisation of a network, which then runs as in inference.

    Args:
        network: Network, changed in place.
    """
    for layer in sublayers(network):
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False


def named_by(path: str, patterns: Sequence[str]) -> bool:
    """Whether a pattern fits the path of a weight, or that of a layer it is in."""
    parts = path.split("/")
    paths = ["/".join(parts[: n + 1]) for n in range(len(parts))]
    return any(fnmatch.fnmatchcase(one, pattern) for one in paths for pattern in patterns)


def require_named(network: keras.Layer, patterns: Sequence[str], key: str) -> None:
    """Raise unless every pattern names a weight of the network."""
    paths = [weight.path for weight in network.weights]
    nothing = [one for one in patterns if not any(named_by(path, [one]) for path in paths)]
    if nothing:
        layers = list(dict.fromkeys(path.split("/")[0] for path in paths))
        raise ValueError(
            f"`{key}` must name layers or weights of the network, which has the layers "
            f"{brief_names(layers)}. Received: {brief_names(nothing)}"
        )
