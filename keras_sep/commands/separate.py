"""`keras-sep separate`: separate audio files into stems."""

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path

from keras_sep._hidden_folder import remove_abandoned
from keras_sep._printable import printable, say
from keras_sep.commands._batch import Batch
from keras_sep.commands._chosen_model import chosen_model
from keras_sep.commands._chosen_stems import chosen_stems
from keras_sep.commands._output_folders import output_folders
from keras_sep.inference import CompiledSeparator, block_grid, separate_file, stem_gains, stem_paths


def run(args: argparse.Namespace) -> int:
    """Separate every file; one that fails is named, and the others continue."""
    if Path("-") in args.files:
        raise ValueError(
            "-: standard input cannot be separated; write it to a file first, and name that"
        )
    separator = CompiledSeparator(chosen_model(args), args.shifts)
    # errors in these are reported once, not for every file
    blocks = (args.block_seconds, args.context_seconds)
    block_grid(separator.separator, *blocks, separator.most_shifted)
    stems = chosen_stems(args)
    names = stem_gains(separator.separator, stems)
    folders = output_folders(args.files, args.out)
    _require_inputs_kept(folders, names, args.format)
    for folder in (args.out, *args.out.glob("*/")):
        remove_abandoned(folder)
    batch = Batch("files")
    for file, folder in folders.items():
        with batch.item(file):
            separate_file(
                separator,
                file,
                folder,
                args.format,
                stems=stems,
                clip=args.clip,
                block_seconds=args.block_seconds,
                context_seconds=args.context_seconds,
                overwrite=args.overwrite,
                progress=True,
            )
            say(f"{file}: stems in {folder}")
    return batch.status()


def _require_inputs_kept(
    folders: Mapping[Path, Path], stems: Iterable[str], audio_format: str
) -> None:
    """Raise, before anything is separated, if a stem would replace a file of the batch.

    Files are compared by identity on disk, whatever links or spellings lead to them.
    """
    given = {identity: file for file in folders if (identity := _identity(file))}
    for file, folder in folders.items():
        for stem in stem_paths(folder, stems, audio_format).values():
            identity = _identity(stem)
            if identity and (replaced := given.get(identity)):
                raise ValueError(
                    f"{printable(replaced)}: would be replaced by a stem of {printable(file)} "
                    f"({stem}); "
                    "choose another --out"
                )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:  # reading it reports why
        return None
    return status.st_dev, status.st_ino
