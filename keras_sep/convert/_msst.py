"""The YAML file beside weights that Music-Source-Separation-Training trained.

Its `model` holds the arguments of the network's class, which `_msst_arguments` knows; `audio` the
sample rate and the length of what it was trained on; `training` the sources.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from keras_sep import _yaml
from keras_sep._brief import brief, brief_names
from keras_sep.convert._beside import named_settings
from keras_sep.convert._msst_arguments import MSST
from keras_sep.convert._published import Told, names, translated, up_to
from keras_sep.separator import Separator

SETTINGS_SUFFIXES = (".yaml", ".yml")
RATE_HZ = 44100  # where the file does not say
MOST = 10**7  # of a rate in Hz, or a length in samples
SECTIONS = ("audio", "training")


class Trained(NamedTuple):
    """What such a file says.

    Args:
        arguments: Arguments of the converter for the network.
        source_names: Names of the sources in the network's order.
        sample_rate_hz: Sample rate in Hz.
    """

    arguments: dict[str, Any]
    source_names: tuple[str, ...]
    sample_rate_hz: int | None


def msst_separator(
    model: str,
    converter: Callable[..., Any],
    state: Mapping[str, Any],
    checkpoint: Path,
    settings: Sequence[Path],
    source_names: Sequence[str] | None,
    sample_rate_hz: int | None,
    *,
    license: str | None,
    interchangeable_sources: bool,
    **kwargs: Any,
) -> Separator:
    """A separator of weights, and of the settings beside them or given instead.

    Args:
        model: Name of the converter, one of `MSST`.
        converter: The converter.
        state: The tensors.
        checkpoint: Their file.
        settings: YAML files that the user names.
        source_names: As of `from_checkpoint`, like the rest.
        sample_rate_hz: Sample rate.
        license: License of the weights.
        interchangeable_sources: Whether the network may return the sources in any order.
        **kwargs: Arguments of the converter, instead of what the settings say.
    """
    file = named_settings(settings) or settings_beside(checkpoint)
    said = Trained({}, (), None) if file is None else trained(model, file, kwargs)
    source_names = source_names or said.source_names
    sample_rate_hz = sample_rate_hz or said.sample_rate_hz
    if not (source_names and sample_rate_hz and (file or kwargs)):
        raise ValueError(
            f"The settings of a {model} must be given, as its weights do not hold them: by the "
            f"YAML file that it was trained with, beside {checkpoint.name} or named after it. "
            "Received: none"
        )
    network = converter(state, **{**said.arguments, **kwargs})
    return Separator(
        network,
        sample_rate_hz,
        tuple(source_names),
        license=license,
        interchangeable_sources=interchangeable_sources,
    )


def settings_beside(checkpoint: Path) -> Path | None:
    """The YAML file of a checkpoint: the one that is called like it, or the only one beside it."""
    alike = [checkpoint.with_suffix(suffix) for suffix in SETTINGS_SUFFIXES]
    found = [file for file in alike if file.is_file()]
    if not found:
        found = sorted(
            file for file in checkpoint.parent.iterdir() if file.suffix in SETTINGS_SUFFIXES
        )
    if len(found) > 1:
        raise ValueError(
            f"The settings of {checkpoint.name} must be one YAML file beside it: call it "
            f"{alike[0].name}, or name it too. Received: {brief_names(file.name for file in found)}"
        )
    return found[0] if found else None


def trained(model: str, file: Path, given: Mapping[str, Any]) -> Trained:
    """What a YAML file says of a network.

    Args:
        model: Name of the converter, one of `MSST`.
        file: The YAML file.
        given: Arguments of the converter that the user gives, whatever the file says.
    """
    try:
        content = _yaml.load_file(file, tuples=True)
        return _trained(model, _sections(content), given)
    except ValueError as error:
        raise ValueError(f"{file.name}: {error}") from None


def _sections(content: Any) -> dict[str, Mapping[str, Any]]:
    content = content if isinstance(content, Mapping) else {}
    # BandIt v2 has its arguments at `kwargs`
    found = {"model": content.get("model", content.get("kwargs"))}
    found |= {name: content.get(name) for name in SECTIONS}
    missing = [name for name, section in found.items() if not isinstance(section, Mapping)]
    if missing:
        raise ValueError(
            "the settings must have the sections `model`, `audio` and `training`. "
            f"Received: {brief_names(content) or 'none'}"
        )
    return found


def _trained(model: str, sections: Mapping[str, Any], given: Mapping[str, Any]) -> Trained:
    audio, training = sections["audio"], sections["training"]
    of_network = {str(name): value for name, value in sections["model"].items()}
    of_audio = {f"audio.{name}": value for name, value in audio.items()}
    told = Told(model, named={**of_network, **of_audio})
    arguments, unknown = translated(told, MSST[model], given)
    unknown = {name: value for name, value in unknown.items() if name in of_network}
    if unknown:
        listed = brief_names(f"{name}={brief(value)}" for name, value in unknown.items())
        raise ValueError(
            f"`model` must have no settings that are unknown for {model}. Received: {listed}"
        )
    source_names, difference = _sources(training)
    arguments["difference"] = difference
    if audio.get("chunk_size") is not None:
        arguments["segment_samples"] = _size("audio.chunk_size", audio["chunk_size"])
    rate_hz = _size("audio.sample_rate", audio.get("sample_rate", RATE_HZ))
    return Trained(arguments, source_names, rate_hz)


def _sources(training: Mapping[str, Any]) -> tuple[tuple[str, ...], bool]:
    """Names of the sources, and whether the last one is the mixture without the others.

    A network trained for one target estimates that alone; of two sources, the other is the rest.
    """
    instruments, target = training.get("instruments"), training.get("target_instrument")
    try:
        listed = names(instruments)
        if len(set(listed)) < len(listed):
            raise ValueError
    except ValueError:
        raise ValueError(
            "`training.instruments` must be a list of names, each there once. "
            f"Received: instruments={brief(instruments)}"
        ) from None
    if target is None:
        return listed, False
    if target not in listed:
        raise ValueError(
            "`training.target_instrument` must be one of `instruments`. "
            f"Received: target_instrument={brief(target)}, instruments={brief(instruments)}"
        )
    others = tuple(name for name in listed if name != target)
    return ((target, *others), True) if len(others) == 1 else ((target,), False)


def _size(name: str, value: Any) -> int:
    try:
        found = up_to(MOST)(value)
    except ValueError:
        found = 0
    if not found or found != int(found):
        raise ValueError(f"`{name}` must be an integer from 1 to {MOST}. Received: {brief(value)}")
    return int(found)
