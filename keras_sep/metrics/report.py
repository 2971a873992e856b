"""Scores of several tracks as JSON and as a table."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import numpy as np

from keras_sep._source_names import MIXTURE
from keras_sep.metrics.bss_eval import BSS_EVAL_METRICS
from keras_sep.metrics.evaluate import Scores

Report = Mapping[str, Mapping[str, Scores]]

_WHOLE_TRACK = ("si_sdr_db", "sdr_db")


def report_json(report: Report) -> str:
    """Format the scores of all tracks, and their medians over tracks, as JSON.

    Args:
        report: What `evaluate` returned, by track name.

    Returns:
        An object with "tracks" and "median". Scores that are NaN (see `sdr` and `si_sdr` on
        silence) or infinite are null, since JSON has neither.

    Example:

    >>> scores = {"song": {"vocals": {"si_sdr_db": 5.0, "sdr_db": float("nan")}}}
    >>> json.loads(report_json(scores))["tracks"]["song"]["vocals"]
    {'si_sdr_db': 5.0, 'sdr_db': None}
    """
    document = {"tracks": report, "median": medians(report)}
    return json.dumps(_finite(document), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def report_table(report: Report) -> str:
    """Format scores in dB as a text table, which ends with the medians over tracks.

    Below the scores of an estimate are those of the mixture in its place, where they are known.

    Args:
        report: What `evaluate` returned, by track name.

    Returns:
        Lines of text, without a final newline.

    Example:

    >>> print(report_table({"song": {"vocals": {"si_sdr_db": 5.0, "sdr_db": 6.0}}}).split()[:2])
    ['track', 'source']
    """
    cells = report_cells(report)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    cells.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    )


def report_cells(report: Report) -> list[list[str]]:
    """Format scores in dB as the cells of a table, which begins with the names of its columns.

    Args:
        report: What `evaluate` returned, by track name.
    """
    tables = [*report.items()]
    if len(report) > 1:
        tables.append(("median", medians(report)))
    rows = [row for track, scores in tables for row in _rows(track, scores)]
    header = ["track", "source", "SI-SDR", "SDR"]
    if any("bss_eval" in scores for _, _, scores in rows):
        header += ["BSSEval SDR", "SIR", "ISR", "SAR"]
    cells = [header]
    for track, source, scores in rows:
        values = [f"{value:.2f}" for value in _values(scores)]
        cells.append([track, source, *values, *["-"] * (len(header) - 2 - len(values))])
    return cells


def _rows(track: str, report: Mapping[str, Scores]) -> Iterator[tuple[str, str, Scores]]:
    for source, scores in report.items():
        yield track, source, scores
        if MIXTURE in scores:
            yield track, f"mixture as {source}", cast(Scores, scores[MIXTURE])


def medians(report: Report) -> dict[str, Scores]:
    """Return the median over tracks of every score, per source, ignoring nan.

    Args:
        report: What `evaluate` returned, by track name.
    """
    sources = dict.fromkeys(source for scores in report.values() for source in scores)
    result: dict[str, Scores] = {}
    for source in sources:
        tracks = [scores[source] for scores in report.values() if source in scores]
        result[source] = {**_medians(tracks, _WHOLE_TRACK)}
        for part, metrics in (("bss_eval", BSS_EVAL_METRICS), (MIXTURE, _WHOLE_TRACK)):
            parts = [scores[part] for scores in tracks if part in scores]
            if parts:
                result[source][part] = _medians(parts, metrics)
    return result


def _medians(scores: Sequence[Any], metrics: Sequence[str]) -> dict[str, float]:
    return {metric: _median([one[metric] for one in scores]) for metric in metrics}


def _values(scores: Mapping[str, Any]) -> list[float]:
    """The scores in the order of the columns, as many as there are."""
    parts = [(scores, _WHOLE_TRACK), (scores.get("bss_eval"), BSS_EVAL_METRICS)]
    return [part[metric] for part, metrics in parts if part for metric in metrics]


def _median(values: Sequence[float]) -> float:
    numbers = [value for value in values if not math.isnan(value)]
    return float(np.median(numbers)) if numbers else math.nan


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    return value if not isinstance(value, float) or math.isfinite(value) else None
