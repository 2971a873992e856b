"""Originals to separators."""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from keras_sep import Separator, convert, layers
from keras_sep._progress import waiting
from keras_sep.pretrained._download import download
from keras_sep.pretrained._members import take_members
from keras_sep.pretrained.preset import Preset


def converted(preset: Preset) -> Separator:
    """The separator of a preset, from originals that are downloaded where they are not kept."""
    with tempfile.TemporaryDirectory() as scratch:
        originals = []
        for n, file in enumerate(preset.files):
            if file.members:
                folder = Path(scratch) / str(n)
                folder.mkdir()
                originals.append((file.role, take_members(file, folder)))
            else:
                originals.append((file.role, download(file)))
        with waiting(f"converting {preset.name}"):
            return separator_of(preset, dict(originals))


def separator_of(preset: Preset, originals: Mapping[str | None, Path]) -> Separator:
    """The separator of a preset, from its files by their roles."""
    arguments = dict(preset.network)
    return CONVERTERS[arguments.pop("converter")](preset, originals, arguments)


def _open_unmix(
    preset: Preset, originals: Mapping[str | None, Path], arguments: dict[str, Any]
) -> Separator:
    states = {source: convert.read_checkpoint(originals[source]) for source in preset.sources}
    return _of_network(preset, convert.open_unmix(states, **arguments))


def _state_dict(
    preset: Preset, originals: Mapping[str | None, Path], arguments: dict[str, Any]
) -> Separator:
    """Of a network whose file holds its tensors alone, and whose settings the preset has."""
    (path,) = originals.values()
    converter = getattr(convert, arguments.pop("model"))
    return _of_network(preset, converter(convert.read_checkpoint(path), **arguments))


def _from_checkpoint(
    preset: Preset, originals: Mapping[str | None, Path], arguments: dict[str, Any]
) -> Separator:
    """Of networks that read waveforms, whose files say how they are built."""
    # demucs names its sources in the file; a network of any order has none
    names = preset.sources if preset.interchangeable_sources else None
    separator = convert.from_checkpoint(
        [*originals.values()],
        names,
        preset.sample_rate_hz,
        license=preset.terms,
        interchangeable_sources=preset.interchangeable_sources,
        **arguments,
    )
    _require_sources(preset, separator)
    return separator


def _mean_of_checkpoints(
    preset: Preset, originals: Mapping[str | None, Path], arguments: dict[str, Any]
) -> Separator:
    """Of several networks with a file each, which estimate the same sources."""
    weights = arguments.pop("weights")
    networks = {}
    for name, path in originals.items():
        separator = convert.from_checkpoint(path, None, preset.sample_rate_hz, **arguments)
        _require_sources(preset, separator)
        networks[name] = separator.networks
    return Separator(
        networks,
        preset.sample_rate_hz,
        tuple(preset.sources),
        license=preset.terms,
        weights=weights,
    )


def _require_sources(preset: Preset, separator: Separator) -> None:
    if separator.source_names != tuple(preset.sources):
        raise ValueError(
            f"{preset.name}: its sources must be {', '.join(preset.sources)}. "
            f"Received: {', '.join(separator.source_names)}"
        )


def _of_network(preset: Preset, network: Any) -> Separator:
    return Separator(
        network,
        preset.sample_rate_hz,
        tuple(preset.sources),
        _layer(preset.front_end),
        _layer(preset.post_filter),
        license=preset.terms,
        interchangeable_sources=preset.interchangeable_sources,
    )


def _layer(described: Mapping[str, Any] | None) -> Any:
    if described is None:
        return None
    arguments = dict(described)
    return getattr(layers, arguments.pop("layer"))(**arguments)


CONVERTERS: dict[str, Callable[..., Separator]] = {
    "from_checkpoint": _from_checkpoint,
    "mean_of_checkpoints": _mean_of_checkpoints,
    "open_unmix": _open_unmix,
    "state_dict": _state_dict,
}
