"""Options of `separate` on which stems it writes."""

import argparse
import math
import os


def stem_options(command: argparse.ArgumentParser) -> None:
    """Add `--two-stems`, `--stems` and `--mix`, of which one can be given."""
    add = command.add_mutually_exclusive_group().add_argument
    add(
        "--two-stems",
        type=_stem,
        metavar="NAME",
        help="write the source NAME and no_NAME, all the rest of the song (karaoke)",
    )
    add(
        "--stems",
        type=_stem,
        nargs="+",
        metavar="NAME",
        help="write only these: sources of the model, or no_NAME for the song without one "
        "(default: all sources)",
    )
    add(
        "--mix",
        type=_gain,
        nargs="+",
        metavar="NAME=GAIN",
        help="write one file, mix: the song with these sources multiplied by GAIN, such as "
        "vocals=0 drums=0.5; the rest stays as it is",
    )


def _stem(text: str) -> str:
    if "." in text and os.path.isfile(text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is a file, not a stem: give FILE before the options"
        )
    return text


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
