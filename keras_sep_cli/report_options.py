"""Options of `keras-sep report`."""

import argparse

from keras_sep_cli.words import user_path


def report_options(command: argparse.ArgumentParser) -> None:
    """Add all of them."""
    add = command.add_argument
    add("run", type=user_path, metavar="RUN", help="folder written by `keras-sep train`")
    add(
        "--out",
        type=user_path,
        metavar="FILE",
        help="page to write (default: report.html in RUN); an existing page is replaced",
    )
    add(
        "--data",
        type=user_path,
        metavar="DIR",
        help="data of the training, as for `train`; the page then plays excerpts of "
        "validation songs, separated by the best epoch so far",
    )
    add(
        "--songs",
        type=int,
        default=3,
        metavar="N",
        help="number of ten-second excerpts, one per song (default %(default)s)",
    )
