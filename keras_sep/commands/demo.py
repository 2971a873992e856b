"""`keras-sep demo`: training, separation and export on a synthetic band."""

import argparse

from keras_sep import demo
from keras_sep._tensorflow import require_tensorflow

require_tensorflow("the demo")  # here, where its output while loading is suppressed


def run(args: argparse.Namespace) -> int:
    """Run the demo; the exit status tells whether the model is good enough."""
    return demo.run(args.out, args.export, args.seconds)
