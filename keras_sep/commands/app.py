"""`keras-sep app`: a page on which songs are separated."""

import argparse
from collections.abc import Callable

from keras_sep._printable import say
from keras_sep._threads import set_threads
from keras_sep.app import AppSettings, Models, serve
from keras_sep.listening_page import open_address


def run(args: argparse.Namespace) -> int:
    """Serve the page until it is interrupted."""
    if args.threads is not None:
        set_threads(args.threads)
    settings = AppSettings(
        args.max_seconds, args.max_megabytes, args.keep_minutes, args.max_waiting, args.format
    )
    models = Models(args.models, args.accept_license)

    def ready(address: str, end: Callable[[], None]) -> None:
        say(f"{address} separates songs of {settings.in_words()}; press Ctrl-C to stop")
        if not args.no_browser:
            open_address(address)

    serve(models, settings, args.host, args.port, ready)
    return 0
