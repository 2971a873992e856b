"""Options on what a command computes with."""

import argparse
import re
from typing import Any

PRECISIONS = ("float32", "bfloat16")


def hardware_options(command: argparse.ArgumentParser) -> None:
    """Add `--device`, `--threads` and `--precision`."""
    processor_options(command)
    command.add_argument(
        "--precision",
        choices=PRECISIONS,
        default=PRECISIONS[0],
        help="format in which the networks compute: bfloat16 is meant for GPUs, where it is not "
        "measured yet; on a CPU it took 0.9 to 2.6 times as long, and changed stems 43 to 59 dB "
        "below their level (default float32)",
    )


def processor_options(command: argparse.ArgumentParser) -> None:
    """Add `--device` and `--threads`."""
    add = command.add_argument
    add(
        "--device",
        type=_device,
        metavar="NAME",
        help="cpu, gpu, or one of several, such as gpu:1 (default: a GPU if there is one)",
    )
    threads_option(add)


def threads_option(add: Any) -> None:
    """Add `--threads`."""
    add(
        "--threads",
        type=_count,
        metavar="N",
        help="threads on the CPU (default: one per core)",
    )


def _device(text: str) -> str:
    if not re.fullmatch(r"(cpu|gpu)(:\d+)?", name := text.lower()):
        raise argparse.ArgumentTypeError(f"{text!r} is not cpu, gpu, or one such as gpu:1")
    return name


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of 1 or more")
    return int(text)
