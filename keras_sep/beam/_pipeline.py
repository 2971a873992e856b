"""The pipeline of `python -m keras_sep.beam`."""

import argparse
import glob
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.io import fileio
from apache_beam.metrics import MetricsFilter
from apache_beam.options.pipeline_options import PipelineOptions

from keras_sep._printable import say
from keras_sep._runtimes import is_exported
from keras_sep._source_names import MIXTURE
from keras_sep.beam import _files
from keras_sep.beam._songs import COUNTS, FAILED, NAMESPACE
from keras_sep.beam.separate import Separate
from keras_sep.data.layouts import songs_below
from keras_sep.pretrained import model_file

# Beam's own runner in this process: its DirectRunner may first download another
HERE = "--runner=FnApiRunner"


def run(args: argparse.Namespace, beam_options: Sequence[str]) -> int:
    """Run the pipeline; the status is 1 if a song failed.

    Args:
        args: What `parsed` returns.
        beam_options: Options of Beam.
    """
    paths, patterns, roots = _given(args.songs, args.out)
    separate = Separate(
        _model(args),
        _absolute(args.out),
        args.format,
        bit_rate_kbps=args.bit_rate,
        stems=args.stems,
        clip=args.clip,
        block_seconds=args.block_seconds,
        context_seconds=args.context_seconds,
        shifts=args.shifts,
        roots=[*roots, *map(_absolute, args.root)],
        scores=args.scores,
        overwrite=args.overwrite,
        threads=args.threads,
        shards=args.shards,
    )
    named = any(option.startswith("--runner") for option in beam_options)
    options = PipelineOptions([*beam_options, *([] if named else [HERE])])
    pipeline = beam.Pipeline(options=options)
    sources = [pipeline | "Paths" >> beam.Create(paths, reshuffle=False)]
    if patterns:
        sources.append(
            pipeline
            | "Patterns" >> beam.Create(patterns, reshuffle=False)
            | fileio.MatchAll()
            | "Names" >> beam.Map(lambda found: os.fsencode(found.path))
        )
    if args.list:
        sources.append(
            pipeline
            | "List" >> beam.io.ReadFromText(_absolute(args.list), coder=beam.coders.BytesCoder())
            | "Lines" >> beam.Filter(bytes.strip)
        )
    _ = sources | "All paths" >> beam.Flatten() | separate
    result = pipeline.run()
    result.wait_until_finish()
    counts = _counts(result)
    say(", ".join(f"{counts[name]} {name}" for name in COUNTS))
    say(f"{args.out}: manifest.jsonl, failures.jsonl")
    return 1 if counts[FAILED] else 0


def _model(args: argparse.Namespace) -> str:
    if not _files.is_here(args.model) and not args.model.startswith("hf://"):
        return args.model
    if is_exported(args.model):
        return _absolute(args.model)
    return _absolute(str(model_file(args.model, args.accept_license)))


def _given(songs: Sequence[str], out: str) -> tuple[list[bytes], list[str], list[str]]:
    """Paths, patterns to be matched by the workers, and the folders that both are in."""
    paths: list[bytes] = []
    patterns, roots = [], []
    for given in songs:
        place = _absolute(given)
        if _files.is_here(place) and Path(place).is_dir():
            roots.append(place)
            paths += map(os.fsencode, _songs_in(Path(place), Path(_absolute(out))))
        elif glob.has_magic(place) and not (_files.is_here(place) and os.path.exists(place)):
            patterns.append(place)
            roots.append(place[: place.rindex("/", 0, _first_magic(place)) + 1])
        else:
            paths.append(os.fsencode(place))
    return paths, patterns, roots


def _songs_in(folder: Path, out: Path) -> list[Path]:
    """Audio files at any depth that are not stems; of a track with its stems, only the mixture."""
    found = [path for path in songs_below(folder) if not path.is_relative_to(out)]
    tracks = {path.parent for path in found if path.stem == MIXTURE}
    return [path for path in found if path.stem == MIXTURE or path.parent not in tracks]


def _first_magic(pattern: str) -> int:
    return min(place for sign in "*?[" if (place := pattern.find(sign)) >= 0)


def _absolute(path: str) -> str:
    """A path that means the same in the working folder of a worker."""
    return os.path.abspath(path) if _files.is_here(path) else path


def _counts(result: Any) -> dict[str, int]:
    found = result.metrics().query(MetricsFilter().with_namespace(NAMESPACE))["counters"]
    counts = dict.fromkeys(COUNTS, 0)
    for counter in found:
        counts[counter.key.metric.name] = counter.result
    return counts
