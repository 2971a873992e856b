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
        help="number format that the networks compute in (default float32); bfloat16 is "
        "meant for GPUs, where it has not been measured yet: on a CPU it took 0.9 to "
        "2.6 times as long, and its stems differed by an error 43 to 59 dB below their "
        "level",
    )


def processor_options(command: argparse.ArgumentParser) -> None:
    """Add `--device` and `--threads`."""
    add = command.add_argument
    add(
        "--device",
        type=_device,
        metavar="NAME",
        help="cpu, gpu, or a specific one such as gpu:1 (default: a GPU if available)",
    )
    threads_option(add)


def threads_option(add: Any) -> None:
    """Add `--threads`."""
    add(
        "--threads",
        type=_count,
        metavar="N",
        help="number of CPU threads (default: one per core)",
    )


def _device(text: str) -> str:
    if not re.fullmatch(r"(cpu|gpu)(:\d+)?", name := text.lower()):
        raise argparse.ArgumentTypeError(f"{text!r} is not cpu, gpu, or one such as gpu:1")
    return name


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of 1 or more")
    return int(text)
