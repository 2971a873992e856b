"""`keras-sep export`: a SavedModel for TensorFlow Serving."""

import argparse

from keras_sep._progress import waiting
from keras_sep.export import saved_model
from keras_sep.inference import load_separator


def run(args: argparse.Namespace) -> int:
    """Export a saved separator."""
    with waiting(f"loading {args.model.name}"):
        separator = load_separator(args.model, args.wiener)
    with waiting(f"exporting to {args.out}"):
        folder = saved_model(separator, args.out, overwrite=args.overwrite)
    print(folder)
    return 0
