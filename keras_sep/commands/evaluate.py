"""`keras-sep evaluate`: score separated stems against the true ones."""

import argparse
import contextlib
import functools
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from keras_sep import metrics
from keras_sep._brief import brief_names
from keras_sep._hidden_folder import hidden_folder
from keras_sep._printable import printable, say
from keras_sep._progress import progress_bar
from keras_sep._source_names import MIXTURE
from keras_sep._whole_files import in_the_way, replace_whole
from keras_sep.commands._batch import Batch
from keras_sep.commands._chosen_model import chosen_model
from keras_sep.commands._evaluation_page import EvaluationPage, Excerpt
from keras_sep.commands._hardware import computing_on
from keras_sep.commands._score import score
from keras_sep.commands._stems import (
    named_files,
    parts_of,
    read_sums,
    require_track,
    stem_files,
)
from keras_sep.data import write_audio
from keras_sep.data.audio import track_name
from keras_sep.data.layouts import audio_files, folders_in, stem_files_in
from keras_sep.inference import CompiledSeparator, block_grid, separate_file

EstimatesFolder = contextlib.AbstractContextManager[Path]


def run(args: argparse.Namespace) -> int:
    """Score every track; one that fails is named, and the others continue."""
    references = args.references.resolve()  # "." has no name
    folders = track_folders(references)
    of_model = (args.wiener, args.block_seconds, args.context_seconds)
    if not args.model and (args.shifts != 1 or of_model != (None, None, None)):
        raise ValueError("--wiener, --shifts and the blocks are for --model")
    if args.json is not None:
        _require_report(args.json, "--json", b"{")
    page = None
    if args.page is not None:
        _require_report(args.page, "--page", b"<")
        if args.json is not None and args.json.resolve() == args.page.resolve():
            raise ValueError(
                f"{printable(args.page)}: given for both --json and --page; choose different paths"
            )
        page = EvaluationPage(args.page)
    batch = Batch("tracks")
    report = {}
    tell_once = functools.cache(say)
    with (
        computing_on(args.device, args.threads),
        progress_bar(len(folders), "evaluate", "track") as bar,
    ):
        estimates_of: Callable[[Path], EstimatesFolder]
        any_order = args.any_order
        if args.model:
            separator = CompiledSeparator(chosen_model(args, args.precision), args.shifts)
            blocks = (args.block_seconds, args.context_seconds)
            block_grid(separator.separator, *blocks, separator.most_shifted)
            any_order = any_order or separator.separator.interchangeable_sources
            separate = functools.partial(
                separate_file,
                separator,
                audio_format="float",
                block_seconds=args.block_seconds,
                context_seconds=args.context_seconds,
                progress=True,
            )
            estimates_of = functools.partial(_separated, separate)
        else:
            estimates_of = _beside(references, args.estimates)
        for folder in folders:
            excerpt = Excerpt(track_name(folder)) if page else None
            with batch.item(folder), estimates_of(folder) as estimates:
                report[track_name(folder)] = score(
                    folder,
                    estimates,
                    args.sources,
                    not args.no_bss_eval,
                    any_order,
                    estimates_name=args.model,
                    names=dict(args.names),
                    tell=tell_once,
                    hear=excerpt,
                )
                if page and excerpt:
                    page.keep(excerpt, report[track_name(folder)])
            bar.update()
    if report:
        try:  # if one of the two fails, the other keeps the scores
            if args.json is not None:  # first, as the terminal for the table may be gone
                # JSON, too, has escapes for names that are not text
                text = metrics.report_json(report).encode(errors="backslashreplace")
                replace_whole(args.json, lambda partial: partial.write_bytes(text))
        finally:
            print("\n".join(map(printable, metrics.report_table(report).split("\n"))))
        if page:
            page.write(report)
    if batch.failed:
        batch.sum_up()
    return batch.status


def _require_report(path: Path, option: str, begins: bytes) -> None:
    """Raise if scores cannot be written there, or would replace another file, such as a stem.

    Args:
        path: Path of the file.
        option: Name of the option that gives it.
        begins: First byte of the file if it is from an earlier evaluation.
    """
    if problem := in_the_way(path):
        raise ValueError(f"{printable(path)}: {problem}")
    if not path.resolve().parent.is_dir():
        raise ValueError(f"{printable(path)}: no such folder")
    if path.is_file():
        with path.open("rb") as file:
            start = file.read(1)
        if start not in (b"", begins):
            raise ValueError(
                f"{printable(path)}: contains no scores, and {option} would overwrite it; choose "
                "another path"
            )


def track_folders(root: Path) -> list[Path]:
    """Return the subfolders and files that hold stems or, if none does, the folder itself.

    Audio files beside folders of tracks are reported and left out. A folder that cannot be read is
    listed, too, and reported in its turn. A stem file is a track.
    """
    require_track(root)
    if root.is_file():
        return [root]
    holds = {folder: _holds_stems(folder) for folder in folders_in(root)}
    holds |= dict.fromkeys(stem_files_in(root), True)
    beside = audio_files(root)
    if not any(holds.values()) and stem_files(root):
        return [root]
    folders = sorted(folder for folder, known in holds.items() if known is not False)
    if not folders:
        raise ValueError(f"{printable(root)}: contains no stems and no folders of stems")
    if beside:
        names = brief_names(path.name for path in beside)
        say(f"{root}: a folder of track folders; not looked at: {names}")
    return folders


def _holds_stems(folder: Path) -> bool | None:
    try:
        return bool(stem_files(folder))
    except (OSError, ValueError):
        return None


def _beside(references: Path, estimates: Path) -> Callable[[Path], EstimatesFolder]:
    require_track(estimates)
    return lambda folder: contextlib.nullcontext(
        _with_stems(
            estimates if folder == references else estimates / track_name(folder),
            track_name(folder),
        )
    )


def _with_stems(estimates: Path, track: str) -> Path:
    """The folder itself or, if it contains no stems, the folder in it that `separate` made."""
    if not estimates.is_dir() or stem_files(estimates):
        return estimates
    made = {folder.name: folder for folder in folders_in(estimates) if _holds_stems(folder)}
    if len(made) == 1:
        return next(iter(made.values()))
    return made.get(track) or made.get(MIXTURE) or estimates


@contextlib.contextmanager
def _separated(separate: Callable[..., object], folder: Path) -> Iterator[Path]:
    """The stems of one track, in a folder that is removed after scoring."""
    with hidden_folder(Path(tempfile.gettempdir())) as scratch:
        out = scratch / track_name(folder)
        mixture = named_files(folder).get(MIXTURE)
        if mixture is None:
            arrays, rate = read_sums(
                {name: [path] for name, path in parts_of(stem_files(folder)).items()}
            )
            mixture = out / f"{MIXTURE}.wav"  # not a stem
            write_audio(mixture, np.sum([*arrays.values()], axis=0), rate, "float")
        separate(mixture, out)
        yield out
