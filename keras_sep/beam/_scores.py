"""Scores of a song whose true stems lie beside it."""

import contextlib
import math
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from keras_sep._source_names import MIXTURE
from keras_sep.beam import _files
from keras_sep.data import read_audio
from keras_sep.metrics import evaluate


def scores_beside(path: str, here: Path, stems: Mapping[str, Path]) -> dict[str, Any] | None:
    """Score the stems of a `mixture` against the files of their names in its folder.

    Args:
        path: Path of the mixture; the true stems have its suffix.
        here: The mixture on this machine.
        stems: Separated stems, on this machine.

    Returns:
        Scores of each stem that is there, as from `metrics.evaluate` without BSSEval, None where a
        score is not finite; or None if there is none.

    Raises:
        ValueError: If a file cannot be read, or differs from its stem in length or channels.
    """
    name = PurePosixPath(path)
    if name.stem != MIXTURE:
        return None
    truths = {stem: _files.beside(path, f"{stem}{name.suffix}") for stem in stems}
    there = [stem for stem, truth in truths.items() if stem != MIXTURE and _files.exists(truth)]
    if not there:
        return None
    with contextlib.ExitStack() as stack:
        files = {stem: stack.enter_context(_files.local(truths[stem]))[0] for stem in there}
        references = {stem: read_audio(file)[0] for stem, file in files.items()}
    estimates = {stem: read_audio(stems[stem])[0] for stem in there}
    mixture, rate = read_audio(here)
    return _finite(evaluate(references, estimates, rate, bss_eval=False, mixture=mixture))


def _finite(scores: Any) -> Any:
    if isinstance(scores, dict):
        return {name: _finite(value) for name, value in scores.items()}
    return scores if math.isfinite(scores) else None
