"""Finding missing files before anything is loaded."""

import argparse
import glob
import re
from pathlib import Path

from keras_sep_cli.words import is_pattern

_ADDRESS = re.compile(r"https?:/")  # of the two slashes, a path keeps one


def missing_inputs(args: argparse.Namespace) -> list[str]:
    """Return a line for each missing file without which a command cannot run.

    The files of a batch count only if all are missing; otherwise each is reported in its turn.
    """
    batch = getattr(args, "files", [])
    gone = [file for file in batch if _is_missing(file)]
    lines = [_line(file) for file in gone] if len(gone) == len(batch) else []
    command = f"keras-sep {args.command}: "
    recipe = getattr(args, "recipe", None)
    if recipe is not None and _is_missing(recipe):
        hint = "" if recipe.suffix else " or recipe (keras-sep recipes lists them)"
        lines.append(command + _line(recipe) + hint)
    lines += [
        command + _line(path) for path in getattr(args, "checkpoints", []) if _is_missing(path)
    ]
    for model in [getattr(args, "model", None), *getattr(args, "models", ())]:
        if isinstance(model, Path) and model.suffix and _is_missing(model):  # else a name
            hint = "keras-sep models lists published ones, keras-sep train and convert write them"
            lines.append(f"{command}{_line(model, 'model file')} ({hint})")
    return lines


def _line(path: Path, what: str = "file") -> str:
    # characters that are not text, or that control a terminal, are shown as escapes
    shown = repr(str(path))[1:-1]
    if _ADDRESS.match(shown):
        return f"{shown.replace('/', '//', 1)}: an address, not a file; download it first"
    return f"{shown}: no such {what}"


def _is_missing(path: Path) -> bool:
    if is_pattern(path):
        return not glob.glob(str(path), recursive=True)
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return path != Path("-")  # standard input
    except OSError:  # it exists, and opening it reports the problem
        return False
    return False
