"""`keras-sep report`: a page about a training."""

import argparse

from keras_sep._printable import say
from keras_sep.listening_page import open_page
from keras_sep.training import report


def run(args: argparse.Namespace) -> int:
    """Write the page, and open it where there is a browser."""
    page = report(args.run, args.out, args.data, args.songs)
    shown = open_page(page)
    say(f"report: {page}" + ("" if shown else f" (open {page.resolve().as_uri()})"))
    return 0
