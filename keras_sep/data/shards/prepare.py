"""Audio of any layout, decoded, resampled and checked once, into shards of samples."""

import contextlib
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, TypeVar

from keras_sep._brief import counted
from keras_sep._folder_lock import only_writer
from keras_sep._hidden_folder import remove_abandoned
from keras_sep._new_folder import new_folder
from keras_sep._printable import printable, say
from keras_sep._progress import progress_bar
from keras_sep._source_names import MIXTURE, require_source_names
from keras_sep._validate import require_positive_integers
from keras_sep._whole_files import writing
from keras_sep.data.shards._examine import (
    ExaminedTrack,
    PlannedTrack,
    examine,
    most_common,
    plan,
    problem,
)
from keras_sep.data.shards._groups import (
    OF_A_GROUP,
    PARTS,
    SUFFIX,
    Group,
    Stopped,
    groups,
    stored_bytes,
    write_group,
)
from keras_sep.data.shards._index import (
    Index,
    Settings,
    is_prepared,
    read_index,
    write_index,
)
from keras_sep.data.shards._layouts import listed_tracks
from keras_sep.data.shards._storage import DTYPES
from keras_sep.data.shards.report import PreparationReport, make_report

Result = TypeVar("Result")
SHARD_BYTES = 256 * 10**6


def prepare(
    root: str | Path,
    out: str | Path,
    *,
    layout: str | None = None,
    sources: Sequence[str] | None = None,
    sample_rate_hz: int | None = None,
    channels: int | None = None,
    dtype: str = "int16",
    shard_bytes: int = SHARD_BYTES,
    mixture: bool = False,
    workers: int | None = None,
    overwrite: bool = False,
) -> PreparationReport:
    """Decode, resample and check a data set once, into shards that training reads.

    The folder gets files of raw samples, an `index.json` with the place, levels and hash of every
    source, and a `report.json` of what was found wrong. Tracks that cannot be read are named there
    and left out. A call that was killed goes on where it stopped; a repeated one stores only what
    is new or has changed. `prepared_tracks` reads the result.

    Args:
        root: Folder of the data set, or a CSV file of one row per track.
        out: Folder of the shards.
        layout: Layout of the folders: "tracks" for `<split>/<track>/<stem>.wav` and stem files, as
            in MUSDB18 and Divide and Remaster; "mixtures" for `<split>/{mix*,s1,s2}/<name>.wav`, as
            in WHAM!, LibriMix and WSJ0-mix; "moisesdb"; "slakh"; "dns" for
            `<split>/{noisy,clean,noise}/<...>fileid_<n>.wav`; "csv" for a file, or a folder of
            files, with a column of paths for each source. None to look at the folders. Default
            None.
        sources: Names of the sources to store, which every track must have, as for `find_tracks`;
            None for each track's own stems. Default None.
        sample_rate_hz: Sample rate to store, in Hz; None for that of most files. Default None.
        channels: Number of channels to store; None for that of most files. Default None.
        dtype: Type of a stored sample: "int16", which keeps 16-bit files exactly and others to half
            a step of 2^-15, or "float32", which keeps all. Default "int16".
        shard_bytes: Largest size of a file of samples in bytes. Default 256,000,000.
        mixture: Whether to store the mixtures' files, too, for mixtures that are not the sum of
            their stems. Default False.
        workers: Number of threads that decode; None for one per processor. Default None.
        overwrite: Whether to replace prepared data of which nothing is kept. Default False.

    Returns:
        A `PreparationReport`.

    Raises:
        ValueError: If there are no tracks, none can be read, or the folder cannot be written.

    Example:

    >>> import tempfile
    >>> root = tempfile.mkdtemp()
    >>> for name in ("vocals", "drums"):
    ...     noise = np.random.default_rng(len(name)).normal(0, 0.1, (900, 2))
    ...     _ = keras_sep.data.write_audio(f"{root}/data/train/song/{name}.wav", noise, 8000)
    >>> report = keras_sep.data.prepare(f"{root}/data", f"{root}/shards")
    >>> report.tracks, report.problems
    ({'train': 1}, [])
    """
    root, out = Path(root), Path(out)
    workers = (os.cpu_count() or 1) if workers is None else workers
    require_positive_integers(workers=workers, shard_bytes=shard_bytes)
    if dtype not in DTYPES:
        raise ValueError(f"`dtype` must be one of {', '.join(DTYPES)}. Received: {dtype!r}")
    given = {"sample_rate_hz": sample_rate_hz, "channels": channels}
    require_positive_integers(**{name: n for name, n in given.items() if n is not None})
    named = None if sources is None else require_source_names(sources, "sources")
    layout, listed = listed_tracks(root, layout)
    examined = _in_parallel(
        [lambda track=track: examine(track, named) for track in listed],  # type: ignore[misc]
        workers,
        "looking at tracks",
    )
    settings = Settings(
        *_format(examined, sample_rate_hz, channels), dtype, shard_bytes, named, mixture
    )
    planned, problems = _planned(examined, settings)
    with contextlib.ExitStack() as stack:
        with writing(out):
            stack.enter_context(new_folder(out))
        stack.enter_context(only_writer(out, "preparation"))
        wanted = groups(planned, dtype, shard_bytes)
        done = _done(out, wanted, overwrite)
        _require_space(out, [group for group in wanted if group.key not in done], dtype)
        with writing(out):
            (out / PARTS).mkdir(exist_ok=True)
        stop = threading.Event()
        made = _in_parallel(
            [
                lambda group=group: write_group(  # type: ignore[misc]
                    group, out, dtype, shard_bytes, stop
                )
                for group in wanted
                if group.key not in done
            ],
            workers,
            "storing tracks",
            stop,
        )
        done |= {entry["key"]: entry for entry in made}
        entries = [done[group.key] for group in wanted]
        if not any(entry["tracks"] for entry in entries):
            raise ValueError(printable("\n".join(one["text"] for one in entries[0]["problems"])))
        write_index(out, Index(settings, layout, entries))
        report = make_report(layout, entries, settings.sample_rate_hz, MIXTURE, problems)
        report.write(out)
        _tidy(out, entries)
    return report


def _format(
    examined: list[ExaminedTrack], sample_rate_hz: int | None, channels: int | None
) -> tuple[int, int]:
    """The sample rate and the number of channels: those given, or those of most files."""
    infos = [info for track in examined for info in track.infos.values()]
    if not infos:
        lines = [line for track in examined for line in track.problems]
        raise ValueError(
            printable(f"{lines[0]}; none of {counted(len(examined), 'track')} is left")
        )
    return (
        sample_rate_hz or most_common(info.sample_rate_hz for info in infos),
        channels or most_common(info.channels for info in infos),
    )


def _planned(
    examined: list[ExaminedTrack], settings: Settings
) -> tuple[list[PlannedTrack], list[dict[str, Any]]]:
    """The tracks to store, and the problems known so far."""
    tracks, problems = [], []
    mixture = MIXTURE if settings.mixture else None
    for track in examined:
        if track.problems:
            problems += [problem("left out", track.listed, line) for line in track.problems]
            continue
        rate, channels = settings.sample_rate_hz, settings.channels
        one = plan(track, settings.sources, mixture, rate, channels)
        if isinstance(one, PlannedTrack):
            tracks.append(one)
            problems += one.problems
        else:
            problems += one
    if not tracks:
        raise ValueError(
            printable(f"{problems[0]['text']}; none of {counted(len(examined), 'track')} is left")
        )
    return tracks, problems


def _done(out: Path, wanted: Iterable[Group], overwrite: bool) -> dict[str, dict[str, Any]]:
    """The entries of groups that are complete in the folder, by their keys."""
    entries: list[Any] = []
    if is_prepared(out):
        try:
            entries = read_index(out).groups
        except ValueError as error:
            if not overwrite:
                raise ValueError(
                    f"{error}, with --overwrite (in Python `overwrite=True`)"
                ) from None
    parts = sorted((out / PARTS).glob("*.json")) if (out / PARTS).is_dir() else []
    for path in parts:
        with contextlib.suppress(ValueError):
            entries.append(json.loads(path.read_text()))
    keys = {group.key for group in wanted}
    done = {
        entry["key"]: entry
        for entry in entries
        if entry["key"] in keys and all(map(_is_there, _files(out, entry), entry["files"]))
    }
    if is_prepared(out) and not done and not overwrite:
        raise ValueError(
            f"{printable(out)}: holds other prepared data, or the same prepared otherwise: choose "
            "another folder, or give --overwrite (in Python `overwrite=True`)"
        )
    if done:
        say(f"{out}: {len(done)} of {len(keys)} groups of tracks are there already")
    return done


def _files(out: Path, entry: dict[str, Any]) -> list[Path]:
    return [out / Path(file["name"]).name for file in entry["files"]]


def _is_there(path: Path, file: dict[str, Any]) -> bool:
    return path.is_file() and path.stat().st_size == file["bytes"]


def _require_space(out: Path, missing: list[Group], dtype: str) -> None:
    needed = sum(stored_bytes(track, dtype) for group in missing for track in group.tracks)
    free = shutil.disk_usage(out).free
    if missing:
        say(f"{out}: {needed / 1e9:.2f} GB of disk needed, {free / 1e9:.2f} GB free")
    if needed > free:
        raise ValueError(
            f"{printable(out)}: not enough disk space: {needed / 1e9:.2f} GB needed, "
            f"{free / 1e9:.2f} GB free"
        )


def _tidy(out: Path, entries: list[dict[str, Any]]) -> None:
    """Remove what the index no longer names, and the entries that are now in it."""
    named = {file["name"] for entry in entries for file in entry["files"]}
    with writing(out):
        for path in out.glob(f"*{SUFFIX}"):
            if OF_A_GROUP.search(path.name) and path.name not in named:
                path.unlink()
        remove_abandoned(out)
        shutil.rmtree(out / PARTS, ignore_errors=True)


def _in_parallel(
    tasks: Sequence[Callable[[], Result]],
    workers: int,
    description: str,
    stop: threading.Event | None = None,
) -> list[Result]:
    """Results of tasks in threads: the decoders let others compute beside them."""
    with (
        ThreadPoolExecutor(workers) as pool,
        progress_bar(len(tasks), description, leave=False) as bar,
    ):
        futures: list[Future[Result]] = [pool.submit(task) for task in tasks]
        for future in futures:
            future.add_done_callback(lambda _: bar.update())
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        finally:
            if not all(future.done() and not future.exception() for future in futures):
                if stop is not None:
                    stop.set()
                pool.shutdown(cancel_futures=True)
        failed = [future for future in futures if not future.cancelled() and future.exception()]
        for future in failed:
            if not isinstance(future.exception(), Stopped):
                future.result()
        return [future.result() for future in futures]
