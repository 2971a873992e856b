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
        help="audio or video, a folder (all audio in it and its subfolders), a pattern in quotes, "
        "or - for standard input",
    )
    where = command.add_mutually_exclusive_group().add_argument
    model_option(where, FIRST_TRY)
    where(
        "--server",
        metavar="ADDRESS",
        help="separate on a server of TensorFlow Serving that has what `keras-sep export` writes, "
        "such as grpc://localhost:8500/NAME, or http://localhost:8501/NAME for REST",
    )
    accept_option(add)
    add(
        "-o",
        "--out",
        type=user_path,
        default=Path("stems"),
        metavar="DIR",
        help="stems go to DIR/<name of FILE>/<stem>.wav, those of a folder's files to the same "
        "subfolders of DIR (default stems); mixture.wav goes by the name of its folder, and names "
        "that clash keep their suffix or as much of their path as tells them apart",
    )
    add(
        "--format",
        type=_audio_format,
        choices=AUDIO_FORMATS,
        default="wav16",
        help="format of the stems (default wav16, also called wav); stem.mp4 is one file for DJ "
        "software, with the mixture and four stems",
    )
    add(
        "--bit-rate",
        type=int,
        metavar="KBPS",
        help="kbit/s of mp3 (default 320), ogg (256), opus (192), m4a and stem.mp4 (256)",
    )
    choice_options(command)
    place_options(command)
    add(
        "--wiener",
        type=int,
        metavar="N",
        help="N iterations of a Wiener filter, instead of the model's own post-filter; a "
        "single-source model then also outputs the residual; not for models that cluster",
    )
    add(
        "--clip",
        choices=CLIP_MODES,
        default="rescale",
        help="stems beyond full scale: turn all of them down alike, or clamp samples "
        "(default rescale)",
    )
    _how_to_separate(command)
    add(
        "--listen",
        action="store_true",
        help="also write listen.html beside the stems, where they play together, to mute and solo, "
        "and open it in the browser (only print its name for several files)",
    )
    add(
        "--accept-damaged",
        action="store_true",
        help="separate what can be decoded of files that are cut short or damaged",
    )
    standing = command.add_mutually_exclusive_group()
    standing.add_argument("--overwrite", action="store_true", help="replace stems that exist")
    standing.add_argument(
        "--skip-existing",
        action="store_true",
        help="skip songs whose stems all exist, as after an interruption",
    )


def evaluate_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `evaluate`."""
    add = command.add_argument
    add(
        "--references",
        type=user_path,
        required=True,
        metavar="DIR",
        help="true stems: a track folder of <source>.wav, or a folder of track folders",
    )
    source = command.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--estimates", type=user_path, metavar="DIR", help="separated stems, in the same layout"
    )
    source.add_argument(
        "--model",
        type=model_given,
        metavar="MODEL",
        help="separate each track's mixture with this model first, as for `separate`; --wiener, "
        "--shifts, --block-seconds and --context-seconds apply to it",
    )
    accept_option(add)
    add("--wiener", type=int, metavar="N", help="as for `separate`")
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
    add("--any-order", action="store_true", help="score sources in the best order")
    add("--json", type=user_path, metavar="FILE", help="also write the scores to FILE")
    add(
        "--page",
        type=user_path,
        metavar="FILE",
        help="also write a page to hear excerpts of the tracks with the lowest and highest scores, "
        "such as scores.html",
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
        help="published weights by a name that `keras-sep models` lists, fetched on first use; or "
        "a separator: what `keras-sep train` and `keras-sep convert` write, or hf://user/repository"
        + (f" (default {default})" if default else ""),
    )


def accept_option(add: Any) -> None:
    """Add `--accept-license`."""
    add(
        "--accept-license",
        action="store_true",
        help="accept the terms of published weights that forbid commercial use, or state none; "
        "remembered",
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
        help="seconds separated at a time (default 14, or by the network's windows or segments)",
    )
    add(
        "--context-seconds",
        type=float,
        metavar="S",
        help="seconds heard on either side of a block (default 6.95, or the network's)",
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
