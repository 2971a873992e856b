"""The console script `keras-sep`.

Arguments are parsed before anything heavy is imported, so `keras-sep --help` answers at once; the
package, and with it Keras, loads when a command runs. Each command is a module of
`keras_sep.commands` with a function `run(args)` that returns the exit status.
"""

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Sequence

from keras_sep_cli.hardware_options import PRECISIONS
from keras_sep_cli.missing_inputs import missing_inputs
from keras_sep_cli.parser import COMMANDS, parse
from keras_sep_cli.quiet_start import quiet_start
from keras_sep_cli.separation_options import AUDIO_FORMATS, CLIP_MODES
from keras_sep_cli.signals import exit_status, interrupted_by_signals
from keras_sep_cli.streams import last_words, open_streams, written_streams

__all__ = ["AUDIO_FORMATS", "CLIP_MODES", "COMMANDS", "PRECISIONS", "main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; errors are printed in one line.

    After Ctrl-C, SIGTERM or SIGHUP the command cleans up and returns the status of a killed
    process: 128 plus the number of the signal.
    """
    open_streams()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    name = "keras-sep"
    try:
        with interrupted_by_signals(), written_streams():
            args = parse(argv)
            name = f"keras-sep {args.command}"
            if missing := missing_inputs(args):
                print(*missing, sep="\n", file=sys.stderr)
                return 1
            return _run(args, name)
    except KeyboardInterrupt as error:
        last_words(f"{name}: interrupted")
        return exit_status(error)
    except BrokenPipeError:  # the reader of our output has gone
        last_words()
        return 128 + signal.SIGPIPE
    except OSError as error:
        last_words(f"{name}: what it prints cannot be written ({error.strerror})")
        return 1


def _run(args: argparse.Namespace, name: str) -> int:
    try:
        with quiet_start():
            command = importlib.import_module(f"keras_sep.commands.{args.command}")
    except (ImportError, ValueError, OSError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    from keras_sep._own_code import allow_from_here
    from keras_sep.commands.failure import say_failure
    from keras_sep.commands.plain_warnings import plain_warnings

    try:
        with plain_warnings():
            allow_from_here(args.imports)
            return command.run(args)
    except BrokenPipeError:
        raise
    except Exception as error:
        say_failure(error, name)
        return 1
