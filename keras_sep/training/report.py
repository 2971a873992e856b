"""A training run as a page: curves, scores, sounds, recipe and machine."""

import csv
import math
import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from keras_sep import metrics
from keras_sep._brief import counted
from keras_sep._folder_lock import LOCK
from keras_sep._lock_file import lock
from keras_sep._printable import printable
from keras_sep._require_folder import require_folder
from keras_sep._validate import require_positive_integers
from keras_sep._whole_files import in_the_way
from keras_sep.inference import CompiledSeparator, load_separator
from keras_sep.listening_page import Section, Table, write_page
from keras_sep.metrics import Scores
from keras_sep.plots import curves_svg
from keras_sep.training._epoch_log import LOG
from keras_sep.training._excerpts import clips_and_scores, estimates, excerpts
from keras_sep.training._machine import read_starts
from keras_sep.training._song_score_log import SONG_SCORES, SongScore, read_song_scores
from keras_sep.training.checkpoints import BEST, SEPARATOR
from keras_sep.training.datasets import validation_audio
from keras_sep.training.recipe import Recipe
from keras_sep.training.resume import RECIPE

PAGE = "report.html"
EXCERPTS = 3
_MOST_BYTES = 1 << 26
_BEGINNING = b"<!doctype html>"

Columns = Mapping[str, Mapping[int, float]]  # values of each column by epoch, counted from 1


def report(
    run: str | Path,
    out: str | Path | None = None,
    data_dir: str | Path | None = None,
    songs: int = EXCERPTS,
) -> Path:
    """Write a page about a training that has ended, goes on or was interrupted.

    It shows the curves of losses, scores and learning rate, the scores by song of `fit.score`, the
    recipe, the machines with their packages, the time of an epoch and the best one. With the data
    it also has excerpts of validation songs, separated by the separator that is kept so far.

    Args:
        run: Folder of the training.
        out: Path of the page. None for `report.html` in `run`. Default None.
        data_dir: Folder of the data that it trains on; None for a page without sound. Default None.
        songs: Number of validation songs of which ten seconds each are heard. Default 3.

    Returns:
        The path of the page.

    Raises:
        ValueError: If `run` contains no training, there is no validation audio in `data_dir`, or
            something else than a page is in the place of `out`.

    Example::

        keras_sep.training.report("runs/open_unmix", data_dir="data")
    """
    run = Path(run)
    out = run / PAGE if out is None else Path(out)
    require_positive_integers(songs=songs)
    require_folder(run)
    if not (run / RECIPE).is_file():
        raise ValueError(f"{printable(run)}: contains no training, as it has no {RECIPE}")
    _require_page(out)
    recipe = Recipe.from_yaml(run / RECIPE)
    columns = _columns(run / LOG)
    monitor = _monitor(recipe, columns)
    best = _best(columns.get(monitor, {}), highest=recipe.fit.score is not None)
    sections = [
        _summary(run, recipe, columns, monitor, best),
        *_curves(columns),
        *_song_scores(recipe, read_song_scores(run / SONG_SCORES), best),
        *([] if data_dir is None else _heard(run, recipe, Path(data_dir), songs)),
        Section(
            "Recipe",
            "With all defaults filled in, as saved by the training run.",
            code=recipe.to_yaml(),
        ),
        *_machines(run),
    ]
    write_page(
        out,
        f"Training of {recipe.model.name}",
        f"{printable(run.resolve().name)}: {_state(run, recipe, columns)}",
        sections,
        "Made by keras-sep report. Sounds here are MP3; scores are of what was separated.",
    )
    return out


def _require_page(out: Path) -> None:
    """Raise if something else than a page would be replaced."""
    if problem := in_the_way(out):
        raise ValueError(f"{printable(out)}: {problem}")
    if out.is_file():
        with out.open("rb") as file:
            if file.read(len(_BEGINNING)).lower() != _BEGINNING:
                raise ValueError(
                    f"{printable(out)}: is not a page, and the report would overwrite it; choose "
                    "another path"
                )


def _columns(path: Path) -> dict[str, dict[int, float]]:
    """The values of `log.csv`; of what is not a number, none."""
    columns: dict[str, dict[int, float]] = {}
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES).decode("utf-8-sig", errors="replace")
        for row in csv.DictReader(text.splitlines(), restkey="", restval=""):
            epoch = str(row.pop("epoch", ""))
            if not (epoch.isascii() and epoch.isdecimal()):
                continue
            for name, cell in row.items():
                try:
                    columns.setdefault(name, {})[int(epoch) + 1] = float(cell)
                except (TypeError, ValueError):
                    continue
    except (FileNotFoundError, csv.Error):
        return columns
    return columns


def _monitor(recipe: Recipe, columns: Columns) -> str:
    """The column that decides which epoch is the best."""
    if recipe.fit.score is not None:
        return recipe.fit.score.monitor
    return "val_loss" if "val_loss" in columns else "loss"


def _best(column: Mapping[int, float], highest: bool) -> int | None:
    """The first epoch of the best value."""
    finite = {epoch: value for epoch, value in column.items() if math.isfinite(value)}
    if not finite:
        return None
    wanted = (max if highest else min)(finite.values())
    return next(epoch for epoch in sorted(finite) if finite[epoch] == wanted)


def _state(run: Path, recipe: Recipe, columns: Columns) -> str:
    done = max(columns.get("loss", {0: 0}))
    epochs = f"epoch {done} of {recipe.fit.epochs}" if done else "no epoch is whole yet"
    if _is_written(run):
        return f"going on, {epochs}."
    if (run / SEPARATOR).is_file():
        return f"ended after {counted(done, 'epoch')} of at most {recipe.fit.epochs}."
    return f"interrupted, {epochs}; keras-sep train --resume goes on with it."


def _is_written(run: Path) -> bool:
    """Whether a training writes into the folder."""
    if not (run / LOCK).is_file():
        return False
    try:
        with lock(run / LOCK):
            return False
    except BlockingIOError:
        return True
    except OSError:  # a folder that is for reading only
        return False


def _summary(
    run: Path, recipe: Recipe, columns: Columns, monitor: str, best: int | None
) -> Section:
    facts = {
        "network": f"{recipe.model.name} for {', '.join(recipe.targets)}",
        "sources": ", ".join(recipe.sources),
        "sample rate": f"{recipe.sample_rate_hz:,} Hz",
        "loss": recipe.loss.name,
    }
    if best is not None:
        unit = " dB" if recipe.fit.score is not None else ""
        facts["best"] = f"epoch {best}, {monitor} {columns[monitor][best]:.6g}{unit}"
    seconds = columns.get("seconds", {})
    if seconds:
        each = _epoch_seconds(seconds)
        facts["time"] = f"{_duration(seconds[max(seconds)])} in {counted(max(seconds), 'epoch')}"
        facts["an epoch"] = _duration(statistics.median(each))
    kept = next((name for name in (SEPARATOR, BEST) if (run / name).is_file()), None)
    if kept is not None:
        facts["separator"] = f"{kept}, {(run / kept).stat().st_size / 1e6:.1f} MB"
    return Section("Summary", facts={name: printable(value) for name, value in facts.items()})


def _epoch_seconds(seconds: Mapping[int, float]) -> list[float]:
    """Time of each epoch, from the clock at their ends."""
    before = {epoch + 1: value for epoch, value in seconds.items()} | {1: 0.0}
    return [value - before[epoch] for epoch, value in seconds.items() if epoch in before] or [0.0]


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{seconds / 60:.1f} min"


def _curves(columns: Columns) -> list[Section]:
    losses = {"loss": "training", "val_loss": "validation"}
    scores = [name for name in sorted(columns) if name.startswith(("val_si_sdr", "val_sdr"))]
    drawn = [
        ("Losses", "loss", losses, True),
        ("Scores", "dB", {name: name.removeprefix("val_") for name in scores}, False),
        ("Learning rate", "rate", {"learning_rate": "learning rate"}, True),
        ("Norms", "norm", {"gradient_norm": "gradient", "weight_norm": "weights"}, True),
    ]
    sections = []
    for title, label, names, logarithmic in drawn:
        shown = {text: columns[name] for name, text in names.items() if columns.get(name)}
        if shown:
            svg = curves_svg(
                {name: [*column.values()] for name, column in shown.items()},
                {name: [*column] for name, column in shown.items()},
                y_label=label,
                logarithmic=logarithmic
                and all(value > 0 for column in shown.values() for value in column.values()),
            )
            sections.append(Section(title, curve_svg=svg))
    return sections


def _song_scores(recipe: Recipe, rows: list[SongScore], best: int | None) -> list[Section]:
    """Scores by song, first, best and last, from the lowest of the best epoch to the highest."""
    if recipe.fit.score is None or not rows:
        return []
    by_epoch: dict[int, dict[tuple[str, str], float]] = {}
    for row in rows:
        by_epoch.setdefault(row.epoch + 1, {})[row.song, row.target] = row.score_db
    epochs = sorted({min(by_epoch), max(by_epoch), best if best in by_epoch else max(by_epoch)})
    order = by_epoch[best if best in by_epoch else max(by_epoch)]
    cells = [
        [
            f"{printable(song)}: {printable(target)}",
            *(f"{by_epoch[epoch].get((song, target), math.nan):.2f}" for epoch in epochs),
        ]
        for song, target in sorted(order, key=lambda pair: (order[pair], pair))
    ]
    columns = ["song and target", *(_called(epoch, best) for epoch in epochs)]
    metric = recipe.fit.score.metric.upper().replace("_", "-")
    table = Table(f"{metric} over each whole song in dB.", columns, cells, summary=0)
    text = "Validation songs, from the lowest score of the best epoch to the highest."
    return [Section("Scores by song", text, table=table)]


def _called(epoch: int, best: int | None) -> str:
    return f"epoch {epoch}, the best" if epoch == best else f"epoch {epoch}"


def _heard(run: Path, recipe: Recipe, data_dir: Path, songs: int) -> list[Section]:
    """Excerpts of validation songs, separated by what is kept so far, and their scores."""
    require_folder(data_dir)
    kept = next((run / name for name in (SEPARATOR, BEST) if (run / name).is_file()), None)
    if kept is None:
        return [Section("Excerpts", "No separator has been saved yet.")]
    audio = validation_audio(recipe, data_dir)
    if not audio:
        raise ValueError(
            f"{printable(data_dir)}: contains no validation audio to separate; leave --data out "
            "(in Python `data_dir`) for a report without sound"
        )
    separator = CompiledSeparator(load_separator(kept))
    sections, scores = [], dict[str, dict[str, Scores]]()
    for number, (name, stems) in enumerate(excerpts(recipe, audio, songs), start=1):
        clips, found = clips_and_scores(recipe, stems, estimates(recipe, separator, stems))
        title = printable(name) if name not in scores else f"{printable(name)}, {number}"
        scores[title] = found
        text = f"{stems.shape[0] / recipe.sample_rate_hz:.0f} s of validation, by {kept.name}."
        sections.append(Section(title, text, clips=clips))
    header, *rows = metrics.report_cells(scores)
    medians = sum(track == "median" for track, *_ in rows) if len(scores) > 1 else 0
    cells = [[f"{track}: {source}", *values] for track, source, *values in rows]
    columns = ["song and source", *header[2:]]
    table = Table("Decibels over each excerpt.", columns, cells, medians)
    return [*sections, Section("Scores of the excerpts", metrics.IN_WORDS, table=table)]


def _machines(run: Path) -> list[Section]:
    """The machine of each start, if it differs from the one before."""
    sections: list[Section] = []
    before: dict[str, Any] = {}
    for start in read_starts(run):
        same = {key: value for key, value in start.items() if key not in ("time", "epochs_done")}
        if same == before:
            continue
        before = same
        packages = same.pop("packages", None)
        facts = {name.replace("_gib", " in GiB"): _said(value) for name, value in same.items()}
        if isinstance(packages, Mapping):
            facts["packages"] = ", ".join(f"{name} {one}" for name, one in packages.items())
        before = {**same, "packages": packages}
        title = f"Machine, from epoch {_said(start.get('epochs_done', 0))} on" if sections else ""
        text = f"Since {_said(start.get('time'))}."
        facts = {name: printable(value) for name, value in facts.items() if value}
        sections.append(Section(title or "Machine", text, facts=facts))
    return sections


def _said(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
