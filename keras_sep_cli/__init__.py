"""The console script `keras-sep`.

It parses before anything heavy is imported, so that `keras-sep --help` answers at once: the
package, and with it Keras, loads when a command runs. Each command is a module of
`keras_sep.commands` with a function `run(args)` that returns the exit status.
"""

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Sequence

from keras_sep_cli.missing_inputs import missing_inputs
from keras_sep_cli.parser import AUDIO_FORMATS, CLIP_MODES, COMMANDS, parse
from keras_sep_cli.quiet_start import quiet_start
from keras_sep_cli.signals import exit_status, interrupted_by_signals
from keras_sep_cli.streams import open_streams, require_written, silence_broken

__all__ = ["AUDIO_FORMATS", "CLIP_MODES", "COMMANDS", "main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; whatever is wrong is said in one line.

    What a killed process would return, 128 and the number of the signal, is the status of one that
    Ctrl-C, SIGTERM or SIGHUP ended after it had tidied up.
    """
    open_streams()
    args = parse(argv)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    name = f"keras-sep {args.command}"
    try:
        if missing := missing_inputs(args):
            print(*missing, sep="\n", file=sys.stderr)
            return 1
        with interrupted_by_signals():
            status = _run(args, name)
            require_written()
            return status
    except KeyboardInterrupt as error:
        print(f"{name}: interrupted", file=sys.stderr)
        return exit_status(error)
    except BrokenPipeError:  # whoever read our words has seen enough
        silence_broken()
        return 128 + signal.SIGPIPE


def _run(args: argparse.Namespace, name: str) -> int:
    try:
        with quiet_start():
            command = importlib.import_module(f"keras_sep.commands.{args.command}")
    except (ImportError, ValueError, OSError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    from keras_sep._own_code import allow
    from keras_sep.commands.failure import say_failure
    from keras_sep.commands.plain_warnings import plain_warnings

    try:
        with plain_warnings():
            if args.imports:
                sys.path.insert(0, os.getcwd())  # as `python -m` has it
            for module in args.imports:
                allow(module)
            return command.run(args)
    except BrokenPipeError:
        raise
    except Exception as error:
        say_failure(error, name)
        return 1
