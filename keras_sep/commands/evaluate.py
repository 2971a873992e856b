"""`keras-sep evaluate`: score separated stems against the true ones."""

import argparse
import contextlib
import functools
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from keras_sep import metrics
from keras_sep._brief import brief_names
from keras_sep._hidden_folder import hidden_folder
from keras_sep._printable import printable, say
from keras_sep._progress import progress_bar
from keras_sep._require_folder import require_folder
from keras_sep._whole_files import in_the_way, replace_whole
from keras_sep.commands._batch import Batch
from keras_sep.commands._chosen_model import chosen_model
from keras_sep.commands._stems import (
    MIXTURE,
    named_files,
    read_estimate,
    read_sums,
    reference_files,
    stem_files,
)
from keras_sep.data import write_audio
from keras_sep.data.layouts import audio_files, folders_in
from keras_sep.inference import CompiledSeparator, block_grid, separate_file
from keras_sep.metrics import Scores

EstimatesFolder = contextlib.AbstractContextManager[Path]


def run(args: argparse.Namespace) -> int:
    """Score every track; one that fails is named, and the others continue."""
    references = args.references.resolve()  # "." has no name
    folders = track_folders(references)
    of_model = (args.wiener, args.block_seconds, args.context_seconds)
    if not args.model and (args.shifts != 1 or of_model != (None, None, None)):
        raise ValueError("--wiener, --shifts and the blocks are for --model")
    if args.json is not None:
        _require_report(args.json)
    batch = Batch("tracks")
    report = {}
    with progress_bar(len(folders), "evaluate", "track") as bar:
        estimates_of: Callable[[Path], EstimatesFolder]
        any_order = args.any_order
        if args.model:
            separator = CompiledSeparator(chosen_model(args), args.shifts)
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
            with batch.item(folder), estimates_of(folder) as estimates:
                report[folder.name] = score(
                    folder,
                    estimates,
                    args.sources,
                    not args.no_bss_eval,
                    any_order,
                    estimates_name=args.model,
                )
            bar.update()
    if report:
        try:  # if one of the two fails, the other keeps the scores
            if args.json is not None:  # first, as the terminal for the table may be gone
                # JSON, too, has escapes for names that are not text
                text = metrics.report_json(report).encode(errors="backslashreplace")
                replace_whole(args.json, lambda partial: partial.write_bytes(text))
        finally:
            print("\n".join(map(printable, metrics.report_table(report).split("\n"))))
    return batch.status()


def _require_report(path: Path) -> None:
    """Raise if scores cannot be written there, or would replace another file, such as a stem."""
    if problem := in_the_way(path):
        raise ValueError(f"{printable(path)}: {problem}")
    if not path.resolve().parent.is_dir():
        raise ValueError(f"{printable(path)}: no such folder")
    if path.is_file():
        with path.open("rb") as file:
            start = file.read(1)
        if start not in (b"", b"{"):
            raise ValueError(
                f"{printable(path)}: holds no scores, and --json would replace it; name another"
            )


def track_folders(root: Path) -> list[Path]:
    """Return the subfolders that hold stems or, if none does, the folder itself.

    Audio files beside folders of tracks are reported and left out. A folder that cannot be read is
    listed, too, and reported in its turn.
    """
    require_folder(root)
    holds = {folder: _holds_stems(folder) for folder in folders_in(root)}
    beside = audio_files(root)
    if not any(holds.values()) and stem_files(root):
        return [root]
    folders = [folder for folder, known in holds.items() if known is not False]
    if not folders:
        raise ValueError(f"{printable(root)}: holds no stems and no folders of stems")
    if beside:
        names = brief_names(path.name for path in beside)
        say(f"{root}: a folder of track folders; not looked at: {names}")
    return folders


def _holds_stems(folder: Path) -> bool | None:
    try:
        return bool(stem_files(folder))
    except (OSError, ValueError):
        return None


def score(
    references: Path,
    estimates: Path,
    sources: Sequence[str] | None,
    bss_eval: bool,
    any_order: bool = False,
    estimates_name: Path | None = None,
) -> dict[str, Scores]:
    """Score the stems of one track.

    Args:
        references: Folder of the true stems.
        estimates: Folder of the separated stems.
        sources: Names of the sources to score, all required; None for those in both folders.
        bss_eval: Whether to compute BSSEval.
        any_order: Whether to score the estimates in the order with the highest mean SI-SDR. Default
            False.
        estimates_name: Name of the estimates in messages. Default: their folder.
    """
    estimates_name = estimates_name or estimates
    require_folder(estimates, "folder of estimates")
    stems, separated = stem_files(references), stem_files(estimates)
    wanted = list(separated if sources is None else sources)
    truth = reference_files(stems, wanted)
    for folder, found in ((estimates_name, separated), (references, truth)):
        missing = [name for name in wanted if name not in found]
        if missing and sources is not None:
            raise ValueError(f"{printable(folder)}: has no stem `{missing[0]}`")
        if missing:
            say(f"{folder}: no {', '.join(missing)}, not scored")
    wanted = [name for name in wanted if name in separated and name in truth]
    if not wanted:
        raise ValueError(
            f"{estimates_name}: has {', '.join(sorted(separated)) or 'no stems'}, and none of "
            f"{', '.join(sorted(truth))}"
        )
    if sources is None and (unscored := [name for name in truth if name not in separated]):
        say(f"{estimates_name}: no {', '.join(unscored)}, not scored")

    # estimates may belong to sources that are not scored: all of them take part
    matched = wanted
    if any_order:
        known = truth | reference_files(stems, list(separated))
        matched = [name for name in separated if name in known]
        truth = {name: files for name, files in known.items() if name in {*truth, *matched}}
    arrays, rate = read_sums(truth)
    samples, channels = next(iter(arrays.values())).shape
    first = next(iter(truth.values()))[0]
    estimated = {
        name: read_estimate(separated[name], samples, channels, rate, first) for name in matched
    }
    if any_order:
        order = metrics.source_order(
            np.stack([arrays[name] for name in matched], axis=-1),
            np.stack([*estimated.values()], axis=-1),
        )
        estimated = {
            name: estimated[matched[place]] for name, place in zip(matched, order, strict=True)
        }
    return metrics.evaluate(
        arrays,
        {name: estimated[name] for name in wanted},
        rate,
        bss_eval,
    )


def _beside(references: Path, estimates: Path) -> Callable[[Path], EstimatesFolder]:
    require_folder(estimates)
    return lambda folder: contextlib.nullcontext(
        estimates if folder == references else estimates / folder.name
    )


@contextlib.contextmanager
def _separated(separate: Callable[..., object], folder: Path) -> Iterator[Path]:
    """The stems of one track, in a folder that is removed after scoring."""
    with hidden_folder(Path(tempfile.gettempdir())) as scratch:
        out = scratch / folder.name
        mixture = named_files(folder).get(MIXTURE)
        if mixture is None:
            files = reference_files(stem_files(folder), ())
            arrays, rate = read_sums(files)
            mixture = out / f"{MIXTURE}.wav"  # not a stem
            write_audio(mixture, np.sum([*arrays.values()], axis=0), rate, "float")
        separate(mixture, out)
        yield out
