"""`keras-sep convert`: published weights to a separator."""

import argparse
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_sep import Separator, _yaml, convert, layers
from keras_sep._brief import one_line
from keras_sep._named import normalization_layer
from keras_sep._printable import printable
from keras_sep._progress import waiting
from keras_sep._whole_files import replace_whole
from keras_sep.convert import recognise

OPEN_UNMIX_RATE_HZ = (
    44100  # of every published model; the spectrogram's size is read off the weights
)


def run(args: argparse.Namespace) -> int:
    """Convert the weights of a network, and save it as a separator."""
    out = args.out
    if out.suffix != ".keras":
        raise ValueError(f"{out}: the separator's name must end in .keras")
    if out.exists() and not args.overwrite:
        raise ValueError(f"{out}: exists already; overwrite it or choose another name")
    with waiting(f"converting to {out.name}"):
        if args.model is None:
            first = convert.read_checkpoint(args.checkpoints[0])
            args.model = recognise(first) or "open_unmix"
        separator = _open_unmix(args) if args.model == "open_unmix" else _of_waveforms(args)
        _require_separation(separator, args)
        out.parent.mkdir(parents=True, exist_ok=True)
        replace_whole(out, separator.save)
    print(out)
    return 0


def _require_separation(separator: Separator, args: argparse.Namespace) -> None:
    """Raise unless the separator can separate half a second of silence and of noise."""
    what = f"--with {' '.join(args.arguments)}" if args.arguments else args.model
    try:
        shape = (-(-separator.sample_rate_hz // 2), separator.channels)
        noise = np.random.default_rng(0).uniform(-0.5, 0.5, shape)
        stems = separator(np.stack([np.zeros(shape), noise]).astype("float32"))
        finite = np.isfinite(np.asarray(stems)).all(axis=(1, 2, 3))
    except Exception as error:  # whatever the backend raises
        raise ValueError(f"{what}: the network cannot separate: {one_line(error)}") from None
    if not finite.all():
        of = "noise" if finite[0] else "silence"
        raise ValueError(f"{what}: the network makes NaN or infinite samples of {of}")


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
    try:
        network = convert.open_unmix(states)
    except ValueError as error:
        likely = recognise(next(iter(states.values())))
        other = likely not in (None, "open_unmix")
        hint = f" (these are the tensors of --model {likely})" if other else ""
        raise ValueError(f"{one_line(error, 1000)}{hint}") from None
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
    """A network without a front end, from what its file records and `--with`."""
    values = _values(args.arguments)
    paths = args.checkpoints
    try:
        return convert.from_checkpoint(
            paths[0] if len(paths) == 1 else paths,
            args.sources,
            args.sample_rate,
            model=args.model,
            license=args.license,
            interchangeable_sources=args.any_order,
            **values,
        )
    except (ValueError, OSError):
        raise
    except Exception as error:  # whatever Keras raises for values that a network cannot have
        raise ValueError(f"--with: {one_line(error, 1000)}") from None


def _values(arguments: Sequence[str]) -> dict[str, Any]:
    """Arguments from `key=value` texts, with values as YAML reads them."""
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
