"""`keras-sep demo`: the whole way on a synthetic band."""

import argparse

from keras_sep import demo
from keras_sep._tensorflow import require_tensorflow

require_tensorflow("the demo")  # here, as what it says while it loads is held back


def run(args: argparse.Namespace) -> int:
    """Run the demo; the status says whether the model did well enough."""
    return demo.run(args.out, args.export, args.seconds)
