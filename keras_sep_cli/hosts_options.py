"""Options of a training that several processes share."""

import argparse


def hosts_options(command: argparse.ArgumentParser) -> None:
    """Add `--hosts`, `--processes` and `--process`."""
    add = command.add_argument
    add(
        "--hosts",
        metavar="ADDRESS",
        help="train together with the same command on other hosts, on Keras's JAX backend: "
        "host or host:port of process 0, or auto if Slurm or another launcher provides "
        "it",
    )
    add(
        "--processes",
        type=int,
        metavar="N",
        help="total number of processes (default: the launcher's)",
    )
    add(
        "--process",
        type=int,
        metavar="I",
        help="index of this process, from 0 (default: the launcher's)",
    )
