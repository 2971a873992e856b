"""Options of `keras-sep report`."""

import argparse

from keras_sep_cli.words import user_path


def report_options(command: argparse.ArgumentParser) -> None:
    """Add all of them."""
    add = command.add_argument
    add("run", type=user_path, metavar="RUN", help="folder that `keras-sep train` writes")
    add(
        "--out",
        type=user_path,
        metavar="FILE",
        help="the page (default: report.html in RUN); an older page is replaced",
    )
    add(
        "--data",
        type=user_path,
        metavar="DIR",
        help="data of the training, as for `train`: the page then has excerpts of validation "
        "songs, separated by the best epoch so far, to hear",
    )
    add(
        "--songs",
        type=int,
        default=3,
        metavar="N",
        help="number of songs to hear ten seconds of (default %(default)s)",
    )
