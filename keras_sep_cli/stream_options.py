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
        help="sound device to listen to, by its number or a part of its name, or `default` "
        "(default: standard input)",
    )
    add(
        "--output",
        type=_device,
        metavar="DEVICE",
        help="sound device to play to (default: standard output)",
    )
    add("--devices", action=_Devices, nargs=0, help="list the sound devices and exit")
    add(
        "--chunk-ms",
        type=float,
        metavar="MS",
        help="length of the chunks that are separated one after the other, rounded up to what the "
        "network needs (default 20; an exported step has its own)",
    )
    add(
        "--buffer-ms",
        type=float,
        metavar="MS",
        help="sound that waits before the output device for chunks that take long: stems are so "
        "much later, and less of them is lost (default: as long as a chunk)",
    )
    add(
        "--raw",
        choices=RAW_SAMPLES,
        help="standard input and output are samples without a header, at the model's rate and "
        "number of channels, integers or floats of so many bits; else WAV",
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
