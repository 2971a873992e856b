"""`keras-sep separate`: audio files to their stems."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from keras_sep.commands.batch import Batch
from keras_sep.commands.progress import waiting
from keras_sep.inference import CompiledSeparator, load_separator, separate_file


def run(args: argparse.Namespace) -> int:
    """Separate every file; one that fails is named and the others go on."""
    with waiting(f"loading {args.model.name}"):
        separator = CompiledSeparator(load_separator(args.model, args.wiener), args.shifts)
    batch = Batch("files")
    taken: dict[Path, Path] = {}
    for file, folder in output_folders(args.files, args.out).items():
        with batch.item(file):
            if folder in taken:
                raise ValueError(f"{file}: would go to {folder}, as {taken[folder]} does")
            taken[folder] = file
            separate_file(
                separator,
                file,
                folder,
                args.format,
                clip=args.clip,
                block_seconds=args.block_seconds,
                context_seconds=args.context_seconds,
                overwrite=args.overwrite,
                progress=True,
            )
            print(f"{file}: stems in {folder}", file=sys.stderr)
    return batch.status()


def output_folders(files: Iterable[Path], out: Path) -> dict[Path, Path]:
    """Return where the stems of each file go.

    That is a folder named after the file or, where several files share their name as the mixtures
    of a data set do, after the folder that the file lies in.
    """
    files = list(dict.fromkeys(files))
    shared = Counter(file.stem for file in files)
    return {
        file: out / (file.stem if shared[file.stem] == 1 else file.resolve().parent.name)
        for file in files
    }
