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
        help="folder to write, such as saved_models/band/1, or a file, band.onnx or band.tflite",
    )
    place(
        "--web",
        type=user_path,
        metavar="DIR",
        help="folder to write, for any web server: a page that separates in the browser",
    )
    add(
        "--format",
        choices=FORMATS,
        help="default: that of a file's suffix, else saved_model",
    )
    choice_options(command)
    add("--wiener", type=int, metavar="N", help="as for `separate`")
    add(
        "--weights",
        choices=("float32", "float16", "int8"),
        default="float32",
        help="of onnx, litert and --web, number format of the weights in the file (default "
        "%(default)s)",
    )
    add(
        "--samples",
        type=int,
        metavar="N",
        help="of litert, number of samples that it takes at once (default: a block of `separate`)",
    )
    add(
        "--chunk-samples",
        type=int,
        metavar="N",
        help="of onnx and litert, export a step of a stream, of so many samples at once",
    )
    add(
        "--serving",
        action="store_true",
        help="also write what a server of all models beside this one needs, where their folders "
        "are: models.config, batching_parameters.txt, monitoring.config and compose.yaml",
    )
    add(
        "--no-warm-up",
        action="store_true",
        help="leave out the block of silence that a server separates before it serves PATH",
    )
    add("--overwrite", action="store_true", help="replace PATH or DIR if it exists")
