"""Networks with published weights."""

import importlib
from collections.abc import Mapping
from typing import Any

from keras_sep._brief import brief
from keras_sep.zoo._remembered import as_plain


def published(builder: str, weights: Any, given: Mapping[str, Any]) -> Any:
    """The network of a preset, if this builder made it and the arguments given are its own."""
    # stands below this package, and is loaded only here
    network = importlib.import_module("keras_sep.pretrained").network_of(weights)
    if network.facts.builder != builder:
        raise ValueError(
            f"`weights` must be those of a {builder}. "
            f"Received: weights={weights!r}, of a {network.facts.builder}"
        )
    known = {**network.facts.arguments, "name": network.name}
    for name, value in given.items():
        plain = as_plain(value)
        # an array is where training starts from, and so never that of trained weights
        if plain != known[name] or (plain is None and value is not None):
            raise ValueError(
                f"`{name}` is {brief(known[name])} for weights={weights!r}: leave it out. "
                f"Received: {name}={brief(value)}"
            )
    return network
