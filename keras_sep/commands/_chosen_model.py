"""The separator that `--model` chooses."""

import argparse

from keras_sep import Separator
from keras_sep._progress import waiting
from keras_sep.inference import load_separator
from keras_sep.pretrained import model_file


def chosen_model(args: argparse.Namespace, precision: str = "float32") -> Separator:
    """Load a separator from its file, which is fetched if it is published and not here yet."""
    path = model_file(args.model, args.accept_license)
    with waiting(f"loading {path.name}"):
        return load_separator(path, args.wiener, precision)
