"""Separate a catalogue: `python -m keras_sep.beam songs --model MODEL --out stems`.

What follows `--` are options of Apache Beam, such as `--runner=DataflowRunner`.
"""

import argparse
import glob
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.io import fileio
from apache_beam.metrics import MetricsFilter
from apache_beam.options.pipeline_options import PipelineOptions

from keras_sep._printable import printable, say
from keras_sep._runtimes import is_exported
from keras_sep._source_names import MIXTURE
from keras_sep.beam import _files
from keras_sep.beam._songs import COUNTS, FAILED, NAMESPACE
from keras_sep.beam.separate import Separate
from keras_sep.data.audio import AUDIO_FORMATS
from keras_sep.data.layouts import songs_below
from keras_sep.inference import CLIP_MODES
from keras_sep.pretrained import model_file

# Beam's own runner in this process: its DirectRunner may first download another
HERE = "--runner=FnApiRunner"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the pipeline; the status is 1 if a song failed."""
    words = [*(sys.argv[1:] if argv is None else argv)]
    cut = words.index("--") if "--" in words else len(words)
    parser = _parser()
    args, beam_options = parser.parse_args(words[:cut]), words[cut + 1 :]
    try:
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
    except ValueError as error:
        print(f"{parser.prog}: {printable(error)}", file=sys.stderr)
        return 1
    if not any("--runner" in option for option in beam_options):
        beam_options.append(HERE)
    pipeline = beam.Pipeline(options=PipelineOptions(beam_options))
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m keras_sep.beam",
        description="Separate a catalogue of songs with Apache Beam; its own options follow --.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("songs", nargs="*", metavar="SONGS", help="files, folders, or patterns such as gs://a/**")
    add("--list", metavar="FILE", help="text file with a path in each line")
    add("--root", action="append", default=[], help="folder whose subfolders are kept in --out")
    add("--model", required=True, help="separator: a file, here or gs://..., or a published name")
    add("--accept-license", action="store_true", help="accept the terms of published weights")
    add("--out", required=True, metavar="DIR", help="folder of the stems, manifest and failures")
    add("--format", choices=[*AUDIO_FORMATS], default="wav16", help="(default wav16)")
    add("--bit-rate", type=int, metavar="KBPS", help="of a lossy format")
    add("--stems", nargs="+", metavar="NAME", help="stems to write (default: all of the model)")
    add("--clip", choices=CLIP_MODES, default="rescale", help="stems beyond full scale")
    add("--shifts", type=int, default=1, metavar="N", help="average N separations")
    add("--block-seconds", type=float, metavar="S", help="seconds separated at a time")
    add("--context-seconds", type=float, metavar="S", help="context on either side of them")
    add("--scores", action="store_true", help="score each mixture.* against stems beside it")
    add("--overwrite", action="store_true", help="replace stems of another model, song or settings")
    add("--threads", type=int, metavar="N", help="threads of a worker process (default: all cores)")
    add("--shards", type=int, default=1, metavar="N", help="files of the manifest (default 1)")
    return parser


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
    """Audio files at any depth that are no stems; of a track with its stems, only the mixture."""
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


if __name__ == "__main__":
    sys.exit(main())
