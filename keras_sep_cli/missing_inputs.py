"""Files that are not there, noticed before anything is loaded."""

import argparse
from pathlib import Path


def missing_inputs(args: argparse.Namespace) -> list[str]:
    """Return a line for each file that is not there and without which a command has no work.

    Of the files of a batch that is all of them: where one is there, the others are named in turn.
    """
    batch = getattr(args, "files", [])
    gone = [file for file in batch if _is_missing(file)]
    lines = [_line(file) for file in gone] if len(gone) == len(batch) else []
    needed = (getattr(args, "recipe", None), getattr(args, "model", None))
    for path in (*needed, *getattr(args, "checkpoints", [])):
        if isinstance(path, Path) and _is_missing(path):  # `convert` takes a model's name
            lines.append(f"keras-sep {args.command}: {_line(path)}")
    return lines


def _line(path: Path) -> str:
    # letters that are no text, or would control a terminal, are shown as escapes
    shown = repr(str(path))[1:-1]
    return f"{shown}: no such file"


def _is_missing(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return path != Path("-")  # standard input, of which there is more to say
    except OSError:  # there, and whoever opens it says what is wrong
        return False
    return False
