"""The scores of one track."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_sep import metrics
from keras_sep._printable import printable, say
from keras_sep._source_names import MIXTURE
from keras_sep.commands._stems import (
    named_files,
    parts_of,
    read_estimate,
    read_sums,
    require_track,
    stem_files,
)
from keras_sep.commands._true_sources import Group, true_sources
from keras_sep.data import AudioError
from keras_sep.metrics import Scores

Arrays = Mapping[str, np.ndarray]
# takes references, estimates, the mixture if it is known, and the sample rate in Hz
Hear = Callable[[Arrays, Arrays, np.ndarray | None, int], None]

CLEARLY_DB = 3.0  # by which another order of the estimates is better


def score(
    references: Path,
    estimates: Path,
    sources: Sequence[str] | None,
    bss_eval: bool,
    any_order: bool = False,
    estimates_name: Path | str | None = None,
    names: Mapping[str, str] | None = None,
    tell: Callable[[str], None] = say,
    hear: Hear | None = None,
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
        names: Names of sources for estimates whose files are called otherwise. Default: none.
        tell: Function that prints what may be the same for every track. Default: `say`.
        hear: Function that gets what is compared. Default None.
    """
    estimates_name = estimates_name or estimates
    require_track(estimates, "folder of estimates")
    stems, separated = stem_files(references), _named(stem_files(estimates), names or {})
    wanted = list(separated if sources is None else sources)
    groups = true_sources(stems, list(separated), wanted)
    truth = {name: files for group in groups for name, files in group.items()}
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
            f"{', '.join(sorted(parts_of(stems)))}"
        )
    if sources is None and (unscored := [name for name in truth if name not in separated]):
        say(f"{estimates_name}: no {', '.join(unscored)}, not scored")
    scores: dict[str, Scores] = {}
    for group in groups:
        for name, files in group.items():
            if name in wanted and files != (stems.get(name),):
                tell(f"{name}: scored against {' + '.join(path.stem for path in files)}")
        group_wanted = [name for name in wanted if name in group and name not in scores]
        scores |= _score_group(
            references, group, separated, group_wanted, bss_eval, any_order, hear
        )
    return {name: scores[name] for name in wanted}


def _named(files: Mapping[str, Path], names: Mapping[str, str]) -> dict[str, Path]:
    """Files by the names that their sources have among the references."""
    named: dict[str, Path] = {}
    for name, path in files.items():
        source = names.get(name, name)
        if source in named:
            raise ValueError(f"{path}: a second estimate of {source}, beside {named[source]}")
        named[source] = path
    return named


def _score_group(
    references: Path,
    group: Group,
    separated: Mapping[str, Path],
    wanted: Sequence[str],
    bss_eval: bool,
    any_order: bool,
    hear: Hear | None,
) -> dict[str, Scores]:
    """Scores of estimates of sources that add up to the mixture."""
    arrays, rate = read_sums(group)
    samples, channels = next(iter(arrays.values())).shape
    first = next(iter(group.values()))[0]

    def read(path: Path) -> np.ndarray:
        return read_estimate(path, samples, channels, rate, first)

    # in any order, estimates may belong to sources that are not scored: all of them take part
    matched = [name for name in separated if name in group] if any_order else wanted
    estimated = {name: read(separated[name]) for name in matched}
    if any_order:
        estimated = _in_best_order(arrays, estimated)
    try:
        mixture = _mixture(references, arrays, read)
    except AudioError as error:
        say(f"{error}; the mixture is not scored")
        mixture = None
    scored = {name: estimated[name] for name in wanted}
    if hear is not None:
        hear(arrays, scored, mixture, rate)
    scores = metrics.evaluate(arrays, scored, rate, bss_eval, mixture)
    if not any_order and mixture is not None:
        _hint_at_order(references, arrays, estimated, scores)
    return scores


def _mixture(
    references: Path, arrays: Mapping[str, np.ndarray], read: Callable[[Path], np.ndarray]
) -> np.ndarray | None:
    """The mixture, from its file or as the sum of its sources; None where only one is known."""
    if file := named_files(references).get(MIXTURE):
        return read(file)
    return np.sum([*arrays.values()], axis=0) if len(arrays) > 1 else None


def _in_best_order(
    arrays: Mapping[str, np.ndarray], estimated: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    order = metrics.source_order(
        np.stack([arrays[name] for name in estimated], axis=-1),
        np.stack([*estimated.values()], axis=-1),
    )
    found = [*estimated.values()]
    return {name: found[place] for name, place in zip(estimated, order, strict=True)}


def _hint_at_order(
    references: Path,
    arrays: Mapping[str, np.ndarray],
    estimated: Mapping[str, np.ndarray],
    scores: Mapping[str, Any],
) -> None:
    """Say if estimates that are worse than the mixture fit other sources clearly better."""
    ratios = [(one["si_sdr_db"], one["mixture"]["si_sdr_db"]) for one in scores.values()]
    if len(ratios) < 2 or not any(ratio < mixture for ratio, mixture in ratios):
        return
    best = _in_best_order(arrays, estimated)
    with np.errstate(invalid="ignore"):  # of perfect estimates beside silent ones
        given_db = np.mean([ratio for ratio, _ in ratios])
        best_db = np.mean([metrics.si_sdr(arrays[name], best[name]) for name in scores])
    if best_db > given_db + CLEARLY_DB:
        say(
            f"{references.name}: the estimates fit in another order: mean SI-SDR {best_db:.1f} dB "
            f"instead of {given_db:.1f} dB; --any-order scores them so"
        )
