"""Options on which stems are written, and where."""

import argparse
import math
import os
import re


def choice_options(command: argparse.ArgumentParser) -> None:
    """Add `--two-stems`, `--stems` and `--mix`, of which one can be given."""
    add = command.add_mutually_exclusive_group().add_argument
    add(
        "--two-stems",
        type=_stem,
        metavar="NAME",
        help="write the source NAME and no_NAME, the rest of the song (karaoke)",
    )
    add(
        "--stems",
        type=_stem,
        nargs="+",
        metavar="NAME",
        help="write only these stems: sources of the model, or no_NAME for the song without "
        "a source (default: all sources)",
    )
    add(
        "--mix",
        type=_gain,
        nargs="+",
        metavar="NAME=GAIN",
        help="write a single file, mix: the song with these sources multiplied by GAIN, such"
        " as vocals=0 drums=0.5; other sources are unchanged",
    )


def place_options(command: argparse.ArgumentParser) -> None:
    """Add `--name` and `--preview`."""
    add = command.add_argument
    add(
        "--name",
        type=_pattern,
        default="{track}/{stem}",
        metavar="PATTERN",
        help='path of each stem in DIR, without its suffix, such as "{track} - {stem}" '
        "(default {track}/{stem}); {track} is the name of FILE, and {stem} must come "
        "after the last slash",
    )
    add(
        "--preview",
        type=_seconds,
        nargs="?",
        const=30.0,
        metavar="S",
        help="separate only S seconds (default 30) from the middle of each song, into a "
        "subfolder named `preview`",
    )


def _stem(text: str) -> str:
    if "." in text and os.path.isfile(text):
        raise argparse.ArgumentTypeError(f"{text!r} is a file: give FILE before the options")
    return text


def _pattern(text: str) -> str:
    *folders, name = text.replace("{track}", "x").split("/")
    parts = [*folders, name.replace("{stem}", "x")]
    if "{stem}" not in name or "{stem}" in "".join(folders):
        raise argparse.ArgumentTypeError(
            f"{text!r} must contain {{stem}} after its last slash, since the stems of a song share "
            "a folder"
        )
    if unknown := re.search(r"{\w*}", "/".join(parts)):
        raise argparse.ArgumentTypeError(
            f"{text!r} holds {unknown[0]}; what is known is {{track}} and {{stem}}"
        )
    if any(not part.strip() or part.startswith(".") or "\\" in part for part in parts):
        raise argparse.ArgumentTypeError(
            f"{text!r} must be a path inside --out, of names that do not begin with a dot"
        )
    return text


def _seconds(text: str) -> float:
    try:
        value = float(_stem(text))
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds, such as 30")
    return value


def _gain(text: str) -> tuple[str, float]:
    name, equals, gain = _stem(text).rpartition("=")
    try:
        value = float(gain)
    except ValueError:
        value = math.nan
    if not name or not equals or not math.isfinite(value):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not NAME=GAIN, a source and a number, such as vocals=0.5"
        )
    if name == "mixture":
        raise argparse.ArgumentTypeError(
            "the mixture is the whole song: give the gains of its sources"
        )
    return name, value
