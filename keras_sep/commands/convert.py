"""`keras-sep convert`: published weights to a separator."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_sep import Separator, _yaml, convert
from keras_sep._brief import one_line
from keras_sep._named import normalization_layer
from keras_sep._printable import say
from keras_sep._progress import waiting
from keras_sep._whole_files import replace_whole
from keras_sep.pretrained import PublishedFiles, published_files, separator_of


def run(args: argparse.Namespace) -> int:
    """Convert the weights of a network, and save it as a separator."""
    if args.out is not None:
        _require_free(args.out, args.overwrite)
    if ready := [path for path in args.checkpoints if path.suffix == ".keras"]:
        raise ValueError(f"{ready[0]}: needs no conversion; `separate --model` takes it as it is")
    files = [file for path in args.checkpoints for file in convert.checkpoint_files(path)]
    weights = [file for file in files if file.suffix not in convert.SETTINGS_SUFFIXES]
    known = published_files(weights)
    if known is not None:
        say(f"these are weights of {known.preset.name}: {known.preset.terms}")
    out = args.out or Path(f"{known.preset.name if known else _name(args.checkpoints)}.keras")
    _require_free(out, args.overwrite)
    with waiting(f"converting to {out.name}"):
        separator = _separator(args, files, known)
        _require_separation(separator, args)
        out.parent.mkdir(parents=True, exist_ok=True)
        replace_whole(out, separator.save)
    print(out)
    return 0


def _require_free(out: Path, overwrite: bool) -> None:
    if out.suffix != ".keras":
        raise ValueError(f"{out}: the separator's name must end in .keras")
    if out.exists() and not overwrite:
        raise ValueError(
            f"{out}: already exists; replace it with --overwrite, or choose another --out"
        )


def _name(given: Sequence[Path]) -> str:
    """What to call a separator of these files: as the one, or as the folder of several."""
    weights = [path for path in given if path.suffix not in convert.SETTINGS_SUFFIXES] or given
    first = weights[0].resolve()
    return (first if len(weights) == 1 else first.parent).stem


def _separator(
    args: argparse.Namespace, files: Sequence[Path], known: PublishedFiles | None
) -> Separator:
    """The separator of published weights, or one by what its files record and the options."""
    facts = {
        "source_names": args.sources,
        "sample_rate_hz": args.sample_rate,
        "license": args.license,
        "model": args.model,
        "interchangeable_sources": args.any_order,
        **_values(args.arguments),
    }
    if known is not None:
        if known.whole and not any(facts.values()):
            return separator_of(known.preset, known.files)
        facts = known.facts | {name: value for name, value in facts.items() if value}
    try:
        return convert.from_checkpoint(files, **facts)
    except (ValueError, OSError):
        raise
    except Exception as error:  # whatever Keras raises for values that a network cannot have
        raise ValueError(f"--with: {one_line(error, 1000)}") from None


def _require_separation(separator: Separator, args: argparse.Namespace) -> None:
    """Raise unless the separator can separate half a second of silence and of noise."""
    what = f"--with {' '.join(args.arguments)}" if args.arguments else str(args.checkpoints[0])
    try:
        shape = (-(-separator.sample_rate_hz // 2), separator.channels)
        noise = np.random.default_rng(0).uniform(-0.5, 0.5, shape)
        stems = separator(np.stack([np.zeros(shape), noise]).astype("float32"))
        finite = np.isfinite(np.asarray(stems)).all(axis=(1, 2, 3))
    except Exception as error:  # whatever the backend raises
        raise ValueError(f"{what}: the network cannot separate: {one_line(error)}") from None
    if not finite.all():
        of = "noise" if finite[0] else "silence"
        raise ValueError(f"{what}: the network outputs NaN or infinite samples for {of}")


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
