"""Options of the commands that separate, and of `--model` wherever it is given."""

import argparse
from pathlib import Path
from typing import Any

from keras_sep_cli.hardware_options import hardware_options
from keras_sep_cli.published_models import FIRST_TRY, model_given
from keras_sep_cli.stem_options import choice_options, place_options
from keras_sep_cli.words import user_path

AUDIO_FORMATS = ("wav16", "wav24", "float", "flac", "mp3", "ogg", "opus", "m4a", "stem.mp4")
CLIP_MODES = ("rescale", "clamp")


def separate_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `separate`."""
    add = command.add_argument
    add(
        "files",
        type=user_path,
        nargs="+",
        metavar="FILE",
        help="audio or video files, folders (searched recursively), quoted patterns, or - "
        "for standard input",
    )
    where = command.add_mutually_exclusive_group().add_argument
    model_option(where, FIRST_TRY)
    where(
        "--server",
        metavar="ADDRESS",
        help="separate on a TensorFlow Serving server that serves what `keras-sep export` "
        "wrote, such as grpc://localhost:8500/NAME, or http://localhost:8501/NAME for "
        "REST",
    )
    accept_option(add)
    add(
        "-o",
        "--out",
        type=user_path,
        default=Path("stems"),
        metavar="DIR",
        help="write stems to DIR/<name of FILE>/<stem>.wav (default DIR: stems). Subfolders "
        "of an input folder are kept; mixture.wav is named after its folder; if two "
        "names clash, they keep their suffix or as much of their path as needed to tell"
        " them apart",
    )
    add(
        "--format",
        type=_audio_format,
        choices=AUDIO_FORMATS,
        default="wav16",
        help="format of the stems (default wav16; wav means the same); stem.mp4 is a single "
        "file for DJ software with the mixture and four stems",
    )
    add(
        "--bit-rate",
        type=int,
        metavar="KBPS",
        help="bit rate in kbit/s for mp3 (default 320), ogg (256), opus (192), m4a and "
        "stem.mp4 (256)",
    )
    choice_options(command)
    place_options(command)
    add(
        "--wiener",
        type=int,
        metavar="N",
        help="run N iterations of a Wiener filter instead of the model's own post-filter; a "
        "single-source model then also outputs the residual (not available for "
        "clustering models)",
    )
    add(
        "--clip",
        choices=CLIP_MODES,
        default="rescale",
        help="what to do if stems exceed full scale: turn all of them down by the same "
        "factor, or clamp samples (default rescale)",
    )
    _how_to_separate(command)
    add(
        "--listen",
        action="store_true",
        help="also write listen.html next to the stems, a page that plays them in sync with "
        "solo and mute, and open it in the browser (with several files, only print its "
        "path)",
    )
    add(
        "--accept-damaged",
        action="store_true",
        help="separate whatever can be decoded of truncated or damaged files",
    )
    standing = command.add_mutually_exclusive_group()
    standing.add_argument("--overwrite", action="store_true", help="replace existing stems")
    standing.add_argument(
        "--skip-existing",
        action="store_true",
        help="skip songs whose stems all exist, to continue after an interruption",
    )


def evaluate_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `evaluate`."""
    add = command.add_argument
    add(
        "--references",
        type=user_path,
        required=True,
        metavar="DIR",
        help="true stems: a track folder with <source>.wav files, or a folder of track folders",
    )
    source = command.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--estimates", type=user_path, metavar="DIR", help="separated stems, in the same layout"
    )
    source.add_argument(
        "--model",
        type=model_given,
        metavar="MODEL",
        help="separate each track's mixture with this model first, as in `separate`; "
        "--wiener, --shifts, --block-seconds and --context-seconds apply",
    )
    accept_option(add)
    add("--wiener", type=int, metavar="N", help="as in `separate`")
    _how_to_separate(command)
    add("--sources", nargs="+", metavar="NAME", help="sources to score (default: all)")
    add(
        "--as",
        type=_pair,
        nargs="+",
        default=(),
        dest="names",
        metavar="NAME=SOURCE",
        help="score the stem NAME as an estimate of SOURCE, such as voice=vocals (no_vocals, "
        "instrumental, accompaniment and residual are known)",
    )
    add(
        "--any-order", action="store_true", help="score the best assignment of estimates to sources"
    )
    add("--json", type=user_path, metavar="FILE", help="also write the scores to FILE")
    add(
        "--page",
        type=user_path,
        metavar="FILE",
        help="also write a page, such as scores.html, that plays excerpts of the best- and "
        "worst-scoring tracks",
    )
    add("--no-bss-eval", action="store_true", help="skip BSSEval, the slowest score")


def model_options(add: Any, default: str | None = None) -> None:
    """Add `--model`, required unless it has a default, and what its terms need."""
    model_option(add, default)
    accept_option(add)


def model_option(add: Any, default: str | None = None) -> None:
    """Add `--model`, required unless it has a default."""
    add(
        "--model",
        type=model_given,
        default=default,
        required=default is None,
        metavar="MODEL",
        help="name of published weights, as listed by `keras-sep models` and downloaded on first "
        "use; or a separator: a file written by `keras-sep train` or `keras-sep convert`, or "
        "hf://user/repository" + (f" (default {default})" if default else ""),
    )


def accept_option(add: Any) -> None:
    """Add `--accept-license`."""
    add(
        "--accept-license",
        action="store_true",
        help="accept the terms of published weights that forbid commercial use or state no "
        "licence (remembered)",
    )


def _how_to_separate(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add(
        "--shifts",
        type=int,
        default=1,
        metavar="N",
        help="average N separations of time-shifted input: slower, slightly better",
    )
    add(
        "--block-seconds",
        type=float,
        metavar="S",
        help="seconds to separate at a time (default 14, or what the network's windows or "
        "segments suggest)",
    )
    add(
        "--context-seconds",
        type=float,
        metavar="S",
        help="seconds of context on either side of a block (default 6.95, or the network's own)",
    )

    hardware_options(command)


def _audio_format(given: str) -> str:
    name = given.lower()
    return "wav16" if name == "wav" else name


def _pair(given: str) -> tuple[str, str]:
    name, _, source = given.partition("=")
    if not (name and source):
        raise argparse.ArgumentTypeError(f"{given!r} must be NAME=SOURCE, such as voice=vocals")
    return name, source
