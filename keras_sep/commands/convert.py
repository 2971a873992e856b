"""`keras-sep convert`: published weights to a separator."""

import argparse
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_sep import Separator, _yaml, convert, layers
from keras_sep._brief import one_line
from keras_sep._printable import printable, say
from keras_sep._whole_files import replace_whole
from keras_sep.commands.progress import waiting
from keras_sep.convert.checkpoint import checkpoint_arguments
from keras_sep.convert.recognise import recognise
from keras_sep.training.build import normalization_layer

OPEN_UNMIX_RATE_HZ = (
    44100  # of every published model; the spectrogram's size is read off the weights
)
SEPFORMER_PARTS = ("encoder", "masknet", "decoder")  # published in a file each


def run(args: argparse.Namespace) -> int:
    """Convert the weights of a network, and save it as a separator."""
    out = args.out
    if out.suffix != ".keras":
        raise ValueError(f"{out}: the separator's name must end in .keras")
    if out.exists() and not args.overwrite:
        raise ValueError(f"{out}: exists already; overwrite it or choose another name")
    with waiting(f"converting to {out.name}"):
        separator = _open_unmix(args) if args.model == "open_unmix" else _of_waveforms(args)
        _require_separation(separator, args)
        out.parent.mkdir(parents=True, exist_ok=True)
        replace_whole(out, separator.save)
    if args.model != "open_unmix":
        _say_arguments(args.checkpoints)
    print(out)
    return 0


def _require_separation(separator: Separator, args: argparse.Namespace) -> None:
    """Separate half a second of silence and of noise, or complain: nothing is saved that cannot."""
    what = f"--with {' '.join(args.arguments)}" if args.arguments else args.model
    try:
        shape = (-(-separator.sample_rate_hz // 2), separator.channels)
        noise = np.random.default_rng(0).uniform(-0.5, 0.5, shape)
        stems = separator(np.stack([np.zeros(shape), noise]).astype("float32"))
        finite = np.isfinite(np.asarray(stems)).all(axis=(1, 2, 3))
    except Exception as error:  # whatever the backend makes of it
        raise ValueError(f"{what}: the network cannot separate: {one_line(error)}") from None
    if not finite.all():
        of = "noise" if finite[0] else "silence"
        raise ValueError(f"{what}: the network makes NaN or infinite samples of {of}")


def _say_arguments(paths: Sequence[Path]) -> None:
    """What the files say of their network, some of which may have to be given."""
    for path in paths:
        if told := checkpoint_arguments(path):
            values = one_line(", ".join(f"{name}={value}" for name, value in told.items()))
            say(f"{path.name} was made with {values}; tensors do not tell all of it: see --with")


def _open_unmix(args: argparse.Namespace) -> Separator:
    """One state dict per source, with the front end and post-filter of `openunmix`."""
    if args.sources or args.sample_rate or args.any_order or args.arguments:
        raise ValueError(
            "--sources, --sample-rate, --any-order and --with are not for open_unmix: its files "
            "are named after the sources, and the rest follows from the weights"
        )
    states = {}
    for path in args.checkpoints:
        # the published files are called <source>-<eight digits of their hash>.pth
        source = re.sub(r"-[0-9a-f]{8}$", "", path.stem)
        if source in states:
            raise ValueError(f"{printable(path)}: a second file for the source {source!r}")
        states[source] = convert.read_checkpoint(path)
    network = _converted("open_unmix", states, {}, next(iter(states.values())))
    frame_length = 2 * (network.input_shape[2] - 1)
    return Separator(
        network,
        OPEN_UNMIX_RATE_HZ,
        tuple(states),
        layers.STFT(frame_length, frame_length // 4),
        layers.WienerFilter(iterations=1) if len(states) > 1 else None,
        license=args.license,
    )


def _of_waveforms(args: argparse.Namespace) -> Separator:
    """The state dict of a network that needs no front end."""
    names = [name for name in convert.__all__ if name != "read_checkpoint"]
    if args.model not in names:
        raise ValueError(f"--model must be one of {', '.join(names)}. Received: {args.model!r}")
    if not args.sources or not args.sample_rate:
        raise ValueError(
            f"--sources and --sample-rate must be given for {args.model}: its weights do not tell"
        )
    state = _state_dict(args.model, args.checkpoints)
    network = _converted(args.model, state, _values(args.arguments), state)
    return Separator(
        network,
        args.sample_rate,
        args.sources,
        license=args.license,
        interchangeable_sources=args.any_order,
    )


def _converted(model: str, given: Any, values: dict[str, Any], tensors: Mapping[str, Any]) -> Any:
    """The network, or what is wrong with its tensors or the `--with` values."""
    try:
        return getattr(convert, model)(given, **values)
    except Exception as error:  # whatever Keras makes of values that a network cannot have
        likely = recognise(tensors)
        hint = (
            f" (these are the tensors of --model {likely})" if likely not in (None, model) else ""
        )
        where = "" if isinstance(error, ValueError) else "--with: "
        raise ValueError(f"{where}{one_line(error, 1000)}{hint}") from None


def _state_dict(model: str, paths: Sequence[Path]) -> dict[str, Any]:
    """Of one file, or of the parts of a SepFormer, whose names come before those of the tensors."""
    if len(paths) == 1:
        return convert.read_checkpoint(paths[0])
    if model != "sepformer":
        raise ValueError(f"{model} has all weights in one file. Received: {len(paths)} files")
    if sorted(path.stem for path in paths) != sorted(SEPFORMER_PARTS):
        raise ValueError(
            f"the files of a sepformer must be one, or three named {', '.join(SEPFORMER_PARTS)}. "
            f"Received: {', '.join(path.name for path in paths)}"
        )
    return {
        f"{path.stem}.{name}": tensor
        for path in paths
        for name, tensor in convert.read_checkpoint(path).items()
    }


def _values(arguments: Sequence[str]) -> dict[str, Any]:
    """From `key=value` texts, values as YAML reads them."""
    values = {}
    for argument in arguments:
        key, equals, value = argument.partition("=")
        if not equals:
            raise ValueError(f"--with takes KEY=VALUE. Received: {argument!r}")
        try:
            values[key] = _yaml.load(value)
        except ValueError as error:
            raise ValueError(f"--with {argument}: {error}") from None
        if key == "normalization" and values[key] is not None:
            values[key] = normalization_layer(values[key], "--with normalization")
    return values
