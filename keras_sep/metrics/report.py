"""Scores of several tracks as JSON and as a table."""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

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

    Args:
        report: What `evaluate` returned, by track name.

    Returns:
        Lines of text, without a final newline.

    Example:

    >>> print(report_table({"song": {"vocals": {"si_sdr_db": 5.0, "sdr_db": 6.0}}}).split()[:2])
    ['track', 'source']
    """
    rows = [(track, source, scores) for track in report for source, scores in report[track].items()]
    if len(report) > 1:
        rows += [("median", source, scores) for source, scores in medians(report).items()]
    bss_eval = any("bss_eval" in scores for _, _, scores in rows)
    header = ["track", "source", "SI-SDR", "SDR"]
    if bss_eval:
        header += ["BSSEval SDR", "SIR", "ISR", "SAR"]
    cells = [header]
    for track, source, scores in rows:
        values = _values(scores)[: None if bss_eval else len(_WHOLE_TRACK)]
        cells.append([track, source, *(f"{value:.2f}" for value in values)])
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    cells.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    )


def medians(report: Report) -> dict[str, Scores]:
    """Return the median over tracks of every score, per source, ignoring nan.

    Args:
        report: What `evaluate` returned, by track name.
    """
    sources = dict.fromkeys(source for scores in report.values() for source in scores)
    result: dict[str, Scores] = {}
    for source in sources:
        tracks = [scores[source] for scores in report.values() if source in scores]
        columns = [_median(column) for column in zip(*map(_values, tracks), strict=True)]
        result[source] = dict(zip(_WHOLE_TRACK, columns[: len(_WHOLE_TRACK)], strict=True))
        if any("bss_eval" in scores for scores in tracks):
            result[source]["bss_eval"] = dict(
                zip(BSS_EVAL_METRICS, columns[len(_WHOLE_TRACK) :], strict=True)
            )
    return result


def _values(scores: Mapping[str, Any]) -> list[float]:
    bss_eval = scores.get("bss_eval", {})
    return [scores[metric] for metric in _WHOLE_TRACK] + [
        bss_eval.get(metric, math.nan) for metric in BSS_EVAL_METRICS
    ]


def _median(values: tuple[float, ...]) -> float:
    numbers = [value for value in values if not math.isnan(value)]
    return float(np.median(numbers)) if numbers else math.nan


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    return value if not isinstance(value, float) or math.isfinite(value) else None
