"""Options of `keras-sep export`."""

import argparse

from keras_sep_cli.separation_options import model_options
from keras_sep_cli.stem_options import choice_options
from keras_sep_cli.words import user_path

FORMATS = ("saved_model", "onnx", "litert")


def export_options(command: argparse.ArgumentParser) -> None:
    """Add all of them."""
    add = command.add_argument
    model_options(add)
    place = command.add_mutually_exclusive_group(required=True).add_argument
    place(
        "--out",
        type=user_path,
        metavar="PATH",
        help="folder to write, such as saved_models/band/1, or a file such as band.onnx or "
        "band.tflite",
    )
    place(
        "--web",
        type=user_path,
        metavar="DIR",
        help="folder to write with a page that separates in the browser, for any web server",
    )
    add(
        "--format",
        choices=FORMATS,
        help="export format (default: by the suffix of PATH, otherwise saved_model)",
    )
    choice_options(command)
    add("--wiener", type=int, metavar="N", help="as in `separate`")
    add(
        "--weights",
        choices=("float32", "float16", "int8"),
        default="float32",
        help="for onnx, litert and --web: number format of the stored weights (default "
        "%(default)s)",
    )
    add(
        "--samples",
        type=int,
        metavar="N",
        help="for litert: number of samples per call (default: a block of `separate`)",
    )
    add(
        "--chunk-samples",
        type=int,
        metavar="N",
        help="for onnx and litert: export one streaming step of this many samples",
    )
    add(
        "--serving",
        action="store_true",
        help="also write the files that a server for this model and its neighbours needs, "
        "into their common folder: models.config, batching_parameters.txt, "
        "monitoring.config and compose.yaml",
    )
    add(
        "--no-warm-up",
        action="store_true",
        help="omit the warm-up request, a block of silence that the server separates before "
        "it serves PATH",
    )
    add("--overwrite", action="store_true", help="replace PATH or DIR if it exists")
