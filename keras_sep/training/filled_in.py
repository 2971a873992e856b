"""The keys of a recipe that follow from the separator that it starts from."""

import inspect
from collections.abc import Mapping
from typing import Any

import keras

from keras_sep import layers
from keras_sep._brief import brief
from keras_sep._named.fields import from_mapping
from keras_sep._networks import known_facts, unpadded
from keras_sep.inference import load_separator
from keras_sep.pretrained import model_file
from keras_sep.separator import Separator
from keras_sep.training.start_from import StartFrom

_SECONDS = 6.0
_REMIXED = 0.5  # a few songs of one's own are learned as they are, too
_KEYS = (
    "model", "sources", "targets", "sample_rate_hz", "channels", "stft", "post_filter",
    "interchangeable_sources", "license", "loss",
)  # fmt: skip
# arguments of builders that follow from a recipe's own keys, or stand for others
_FOLLOW = ("targets", "sources", "channels", "mean", "scale", "variant", "weights")
_TRAINED_BY_L1 = ("unet", "spleeter_unet")  # as their papers have it
_OF_LAYERS = ("name", "trainable", "dtype")


def filled_in(values: Any) -> Any:
    """A recipe's mapping with all that follows from the separator in its `start_from`.

    Keys that are given stay as they are. A mapping without `start_from`, or with all keys, is
    returned as it is, and no separator is read.

    Raises:
        ValueError: If the separator cannot be had, or a recipe cannot describe it.
    """
    if not isinstance(values, Mapping) or values.get("start_from") is None:
        return values
    given = values["start_from"]
    if isinstance(given, str):
        given = {"weights": given}
    values = {**values, "start_from": given}
    if all(key in values for key in _KEYS):
        return values
    start = from_mapping(StartFrom, given, "start_from")
    separator = load_separator(model_file(start.weights))
    return {**_known(separator, start.weights, values), **values, **_data(separator, values)}


def _known(separator: Separator, weights: str, values: Mapping[str, Any]) -> dict[str, Any]:
    networks = separator.networks
    networks = list(networks.values()) if isinstance(networks, dict) else [networks]
    if len(networks) != 1:
        raise ValueError(
            f"`start_from.weights` must be of one network. Received: {brief(weights)}, of "
            f"{len(networks)}: take the weights of one of them, or train anew"
        )
    facts, found = known_facts(networks[0]), dict[str, Any]()
    if "model" not in values:
        if facts.builder is None:
            raise ValueError(
                f"`model` must be given: {brief(weights)} does not say which function built it"
            )
        found["model"] = {
            "name": facts.builder,
            "arguments": _arguments(facts.arguments, separator.front_end is not None),
        }
    added = len(getattr(separator.post_filter, "extra_sources", ()))
    names = list(separator.source_names[: len(separator.source_names) - added])
    if "sources" not in values and (len(names) > 1 or names == ["vocals"]):
        found["sources"] = names if len(names) > 1 else ["vocals", "accompaniment"]
    sources = values.get("sources", found.get("sources", ()))
    if "targets" not in values and isinstance(sources, list | tuple):
        found["targets"] = names if set(names) <= set(sources) else list(sources)
    found["sample_rate_hz"] = separator.sample_rate_hz
    if separator.channels is not None:
        found["channels"] = separator.channels
    found["stft"] = _stft(separator.front_end, weights)
    if "post_filter" not in values:
        found["post_filter"] = _post_filter(separator.post_filter, weights)
    found["interchangeable_sources"] = separator.interchangeable_sources
    if separator.license is not None:
        found["license"] = f"{separator.license}; fine-tuned from {_short(weights)}"
    if facts.returns == "waveforms" and separator.interchangeable_sources:
        found["loss"] = {"name": "PermutationInvariantLoss", "arguments": {"loss": "SISDR"}}
    elif facts.returns == "waveforms":
        found["loss"] = {"name": "WaveformLoss", "arguments": {"norm": "l1"}}
    elif facts.builder in _TRAINED_BY_L1:
        found["loss"] = {"name": "SpectrogramLoss", "arguments": {"norm": "l1"}}
    return found


def _data(separator: Separator, values: Mapping[str, Any]) -> dict[str, Any]:
    """The section `data`, whose excerpts suit the network, and half of which are not remixed."""
    data = values.get("data") or {}
    if not isinstance(data, Mapping):
        return {}
    found = {} if "voices" in values else {"incoherent": _REMIXED}
    if "excerpt_seconds" not in data:
        found |= _excerpts(separator)
    return {"data": {**found, **data}} if found else {}


def _excerpts(separator: Separator) -> dict[str, Any]:
    networks = separator.networks
    network = next(iter(networks.values())) if isinstance(networks, dict) else networks
    facts, rate = known_facts(unpadded(network) or network), separator.sample_rate_hz
    if facts.lengths is not None:  # of an unpadded network
        beyond, multiple = facts.lengths
        samples = beyond + multiple * max(1, round((_SECONDS * rate - beyond) / multiple))
        return {"excerpt_seconds": samples / rate, "context_samples": facts.margin}
    if separator.segment_samples is not None:
        return {"excerpt_seconds": separator.segment_samples / rate}
    hop = getattr(separator.front_end, "hop_length", None)
    if hop and facts.stride > 1:
        windows = max(1, round(_SECONDS * rate / (hop * facts.stride)))  # none of them padded
        return {"excerpt_seconds": (windows * facts.stride - 1) * hop / rate}
    return {}


def _arguments(given: Mapping[str, Any], spectra: bool) -> dict[str, Any]:
    follow = (*_FOLLOW, "bins") if spectra else _FOLLOW
    return {
        name: _as_named(value) if isinstance(value, Mapping) and "class_name" in value else value
        for name, value in given.items()
        if name not in follow
    }


def _as_named(serialized: Mapping[str, Any]) -> dict[str, Any]:
    """A layer that Keras has serialised, by its name and arguments."""
    name, config = serialized["class_name"], serialized.get("config", {})
    layer: Any = getattr(layers, name, None) or getattr(keras.layers, name, object)
    takes = inspect.signature(layer).parameters
    arguments = {
        key: value
        for key, value in config.items()
        if key in takes and key not in _OF_LAYERS and isinstance(value, bool | int | float | str)
    }
    return {"name": name, "arguments": arguments}


def _stft(front_end: keras.Layer | None, weights: str) -> dict[str, Any] | None:
    if front_end is None:
        return None
    if type(front_end) is not layers.STFT:
        raise ValueError(
            f"`start_from.weights` must be of waveforms, or of an `STFT`. Received: "
            f"{brief(weights)}, of a {type(front_end).__name__}"
        )
    config = front_end.get_config()
    return {key: value for key, value in config.items() if key not in _OF_LAYERS}


def _post_filter(layer: keras.Layer | None, weights: str) -> dict[str, Any] | None:
    if layer is None or type(layer) is layers.ApplyMixturePhase:
        return None
    name = type(layer).__name__
    if getattr(layers, name, None) is not type(layer):
        raise ValueError(
            f"`post_filter` must be given: that of {brief(weights)} is not of keras_sep but a "
            f"{name}"
        )
    config = layer.get_config()
    arguments = {key: value for key, value in config.items() if key not in (*_OF_LAYERS, "sources")}
    return {"name": name, "arguments": arguments}


def _short(weights: str) -> str:
    """A name without the folders of this machine."""
    return weights if weights.startswith("hf://") else weights.replace("\\", "/").split("/")[-1]
