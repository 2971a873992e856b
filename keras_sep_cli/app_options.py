"""Options of `keras-sep app`."""

import argparse

from keras_sep_cli.hardware_options import threads_option
from keras_sep_cli.published_models import model_given
from keras_sep_cli.separation_options import AUDIO_FORMATS, accept_option


def app_options(command: argparse.ArgumentParser) -> None:
    """Add all of them."""
    add = command.add_argument
    add(
        "--model",
        dest="models",
        type=model_given,
        nargs="+",
        default=(),
        metavar="MODEL",
        help="models to offer, as in `separate` (default: all published weights that can be "
        "used without accepting terms)",
    )
    accept_option(add)
    add(
        "--format",
        choices=[name for name in AUDIO_FORMATS if name != "stem.mp4"],
        default="wav16",
        help="format of the stems (default %(default)s)",
    )
    add(
        "--max-seconds",
        type=float,
        default=900.0,
        metavar="S",
        help="longest song accepted, in seconds (default %(default)g)",
    )
    add(
        "--max-megabytes",
        type=float,
        default=200.0,
        metavar="MB",
        help="largest file accepted, in MB (default %(default)g)",
    )
    add(
        "--keep-minutes",
        type=float,
        default=60.0,
        metavar="M",
        help="delete songs and stems after this many minutes (default %(default)g)",
    )
    add(
        "--max-waiting",
        type=int,
        default=20,
        metavar="N",
        help="maximum length of the queue; further songs are refused (default %(default)s)",
    )
    add(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="address to listen on (default %(default)s: this machine only); 0.0.0.0 admits "
        "everyone who can reach the machine, without a password",
    )
    add("--port", type=int, default=7860, metavar="N", help="port (default %(default)s)")
    add("--no-browser", action="store_true", help="print the address instead of opening a browser")
    threads_option(add)
