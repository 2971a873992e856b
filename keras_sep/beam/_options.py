"""The options of `python -m keras_sep.beam`."""

import argparse
from collections.abc import Sequence

from keras_sep.data.audio import AUDIO_FORMATS
from keras_sep.inference import CLIP_MODES


def parsed(words: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Parse what stands before a lone `--`; what follows are options of Beam.

    Example:

    >>> args, of_beam = parsed("a.wav --model m.keras --out out -- --runner=FlinkRunner".split())
    >>> args.songs, of_beam
    (['a.wav'], ['--runner=FlinkRunner'])
    """
    words = [*words]
    end = words.index("--") if "--" in words else len(words)
    command = parser()
    args = command.parse_args(words[:end])
    if not args.songs and not args.list:
        command.error("no songs: give files, folders, patterns or --list FILE")
    return args, words[end + 1 :]


def parser() -> argparse.ArgumentParser:
    """The options of keras_sep."""
    command = argparse.ArgumentParser(
        prog="python -m keras_sep.beam",
        description="Separate a catalogue of songs with Apache Beam; its own options follow --.",
        allow_abbrev=False,
    )
    add = command.add_argument
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
    return command
