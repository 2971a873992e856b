"""`keras-sep export`: a SavedModel for TensorFlow Serving, or a page for browsers."""

import argparse

from keras_sep._progress import waiting
from keras_sep.commands._chosen_model import chosen_model
from keras_sep.commands._chosen_stems import chosen_stems
from keras_sep.export import saved_model, serving_files, web


def run(args: argparse.Namespace) -> int:
    """Export a saved separator."""
    separator = chosen_model(args)
    if args.web is not None:
        with waiting(f"exporting to {args.web}"):
            print(web(separator, args.web, args.overwrite, chosen_stems(args), args.weights))
        return 0
    with waiting(f"exporting to {args.out}"):
        folder = saved_model(
            separator, args.out, args.overwrite, chosen_stems(args), not args.no_warm_up
        )
    print(folder)
    if args.serving:
        print(*serving_files(folder.absolute().parents[1]), sep="\n")
    return 0
