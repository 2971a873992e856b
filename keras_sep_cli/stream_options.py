"""Options of `keras-sep stream`."""

import argparse
import sys
from typing import Any

from keras_sep_cli.hardware_options import processor_options
from keras_sep_cli.separation_options import model_options
from keras_sep_cli.sound_devices import listed_devices
from keras_sep_cli.stem_options import choice_options

RAW_SAMPLES = ("s16", "s24", "s32", "f32")


def stream_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `stream`."""
    add = command.add_argument
    model_options(add)
    choice_options(command)
    add(
        "--input",
        type=_device,
        metavar="DEVICE",
        help="sound device to record from, by number or part of its name, or `default` "
        "(default: standard input)",
    )
    add(
        "--output",
        type=_device,
        metavar="DEVICE",
        help="sound device to play on (default: standard output)",
    )
    add("--devices", action=_Devices, nargs=0, help="list the sound devices and exit")
    add(
        "--chunk-ms",
        type=float,
        metavar="MS",
        help="chunk length in milliseconds, rounded up to what the network needs (default "
        "20; an exported step has a fixed length)",
    )
    add(
        "--buffer-ms",
        type=float,
        metavar="MS",
        help="output buffer in milliseconds: a longer one adds as much delay, and drops less"
        " sound when a chunk takes long (default: the length of a chunk)",
    )
    add(
        "--raw",
        choices=RAW_SAMPLES,
        help="read and write raw samples without a header, integers or floats of this many "
        "bits, at the model's sample rate and number of channels (default: WAV)",
    )
    processor_options(command)
    command.set_defaults(wiener=None)


def _device(text: str) -> int | str:
    return int(text) if text.isdecimal() else text


class _Devices(argparse.Action):
    """List the sound devices before anything is loaded."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any, **__: Any) -> None:
        try:
            print(*listed_devices(), sep="\n")
        except ImportError as error:
            print(f"{parser.prog}: {error}", file=sys.stderr)
            parser.exit(1)
        parser.exit()
