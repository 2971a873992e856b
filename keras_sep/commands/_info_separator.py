"""What a separator is."""

import inspect
import shlex
from pathlib import Path
from typing import Any

from keras_sep import Separator, zoo
from keras_sep._brief import brief
from keras_sep.commands._facts import Facts
from keras_sep.inference import load_separator
from keras_sep.zoo import Facts as NetworkFacts

_OF_EVERY_LAYER = ("name", "trainable", "dtype")


def separator_file_facts(path: Path) -> Facts:
    """Facts of a `.keras` file."""
    return {
        "kind": "a separator",
        **separator_facts(load_separator(path)),
        "size_megabytes": path.stat().st_size / 1e6,
        "next": (
            f"keras-sep separate song.mp3 --model {shlex.quote(str(path))}",
            f"keras-sep export --model {shlex.quote(str(path))} --out saved_models/mine/1",
        ),
    }


def separator_facts(separator: Separator) -> Facts:
    """Facts of a separator."""
    rate_hz, context = separator.sample_rate_hz, separator.context_samples
    networks = separator.networks
    named = networks if isinstance(networks, dict) else {"": networks}
    facts = [getattr(network, "facts", None) for network in named.values()]
    segments = {one.segment for one in facts if one is not None and one.segment}
    return {
        "sources": list(separator.source_names),
        "any_order": separator.interchangeable_sources or None,
        "sample_rate_hz": rate_hz,
        "channels": separator.channels or "any number",
        "parameters": separator.count_params(),
        "network": tuple(
            f"{name}: {_network(network)}" if name else _network(network)
            for name, network in named.items()
        ),
        "front_end": _layer(separator.front_end),
        "post_filter": _layer(separator.post_filter),
        "hears": "the whole recording"
        if context is None
        else f"{context / rate_hz:.3g} s on either side",
        "causal": all(one is not None and one.causal for one in facts),
        "segment_samples": min(segments, default=0) * separator.hop_samples or None,
        "licence": separator.license or "not stated",
    }


def _network(network: Any) -> str:
    """The call that builds a network of the zoo, as far as it differs from the defaults."""
    facts: NetworkFacts | None = getattr(network, "facts", None)
    if facts is None or facts.builder not in zoo.__all__:
        return f"{type(network).__name__} of no builder of the zoo"
    parameters = inspect.signature(getattr(zoo, facts.builder)).parameters
    return _call(facts.builder, facts.arguments, parameters)


def _layer(layer: Any) -> str | None:
    if layer is None:
        return None
    config = {key: x for key, x in layer.get_config().items() if key not in _OF_EVERY_LAYER}
    return _call(type(layer).__name__, config, inspect.signature(type(layer)).parameters)


def _call(name: str, arguments: Any, parameters: Any) -> str:
    chosen = {
        key: value
        for key, value in arguments.items()
        if key not in parameters or not _same(value, parameters[key].default)
    }
    return f"{name}({', '.join(f'{key}={brief(value)}' for key, value in chosen.items())})"


def _same(value: Any, default: Any) -> bool:
    return (list(value) if isinstance(value, tuple) else value) == (
        list(default) if isinstance(default, tuple) else default
    )
