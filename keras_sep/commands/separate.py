"""`keras-sep separate`: separate songs into stems."""

import argparse
import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from keras_sep._hidden_folder import remove_abandoned
from keras_sep._output_folders import output_folders
from keras_sep._printable import say
from keras_sep._runtimes import is_exported
from keras_sep.client import ServedSeparator
from keras_sep.commands._batch import Batch
from keras_sep.commands._chosen_model import chosen_model
from keras_sep.commands._chosen_stems import chosen_stems
from keras_sep.commands._hardware import computing_on
from keras_sep.commands._song_page import mixture_clip, require_page, song_page, write_song_page
from keras_sep.commands._songs import named, songs, standard_input
from keras_sep.commands._stem_places import files_of_stems, require_apart, stem_places
from keras_sep.data.audio import accepting_damage, chosen_bit_rate
from keras_sep.inference import (
    CompiledSeparator,
    ExportedSeparator,
    block_grid,
    separate_file,
    stem_gains,
)

_RETRY = "The same command with --skip-existing goes on with those that are left."


def run(args: argparse.Namespace) -> int:
    """Separate every song; one that fails is named, and the others continue."""
    batch = Batch("songs", _RETRY)
    if found := songs(args.files, args.out, batch):
        folders = output_folders(found, args.out)
        with (
            computing_on(args.device, args.threads),
            accepting_damage(args.accept_damaged),
            standard_input(folders) as copies,
            _separator(args) as separator,
        ):
            _separate(args, separator, folders, copies, batch)
    batch.sum_up()
    return batch.status


@contextlib.contextmanager
def _separator(args: argparse.Namespace) -> Iterator[CompiledSeparator]:
    """The separator here or on a server."""
    exported = args.server is None and is_exported(args.model)
    if args.server is None and not exported:
        yield CompiledSeparator(chosen_model(args, args.precision), args.shifts)
        return
    if args.wiener is not None or args.precision != "float32":
        raise ValueError(
            "--wiener and --precision are for a `.keras` file; an exported model is as it was "
            "exported (keras-sep export has --wiener)"
        )
    if exported:
        yield ExportedSeparator(args.model, args.threads, args.shifts)
        return
    with ServedSeparator(args.server, shifts=args.shifts) as separator:
        yield separator


def _separate(
    args: argparse.Namespace,
    separator: CompiledSeparator,
    folders: Mapping[Path, Path],
    copies: Mapping[Path, Path],
    batch: Batch,
) -> None:
    # errors in these are reported once, not for every file
    blocks = (args.block_seconds, args.context_seconds)
    block_grid(separator.separator, *blocks, separator.most_shifted)
    chosen_bit_rate(args.format, 2, args.bit_rate)
    stems = chosen_stems(args)
    names = stem_gains(separator.separator, stems)
    places = stem_places(folders, args.out, args.name, args.preview is not None)
    files = files_of_stems(places, names, args.format, batch)
    require_apart(files)
    for folder in {args.out, *args.out.glob("*/"), *(place.folder for place in places.values())}:
        remove_abandoned(folder)
    with batch.over([_bytes(copies.get(song, song)) for song in files]):
        for song, paths in files.items():
            folder, name = places[song]
            if args.skip_existing and all(path.is_file() for path in paths):
                batch.skip()
                continue
            source = copies.get(song, song)
            with batch.item(song), named(song, source) as say_of_song:
                if args.listen:
                    require_page(song_page(folder, name), args.overwrite)
                written = separate_file(
                    separator,
                    source,
                    folder,
                    args.format,
                    bit_rate_kbps=args.bit_rate,
                    stems=stems,
                    name=name,
                    preview_seconds=args.preview,
                    clip=args.clip,
                    block_seconds=args.block_seconds,
                    context_seconds=args.context_seconds,
                    overwrite=args.overwrite,
                    progress=True,
                    say=say_of_song,
                )
                say(f"{song}: stems in {folder}")
                if args.listen:
                    write_song_page(
                        song,
                        mixture_clip(source, args.preview),
                        written,
                        song_page(folder, name),
                        show=len(places) == 1,
                    )


def _bytes(file: Path) -> int:
    """Size of a file, from which the time that it takes is guessed."""
    try:
        return max(1, file.stat().st_size)
    except OSError:  # reading it reports why
        return 1
