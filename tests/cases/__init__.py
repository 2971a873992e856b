"""One line for every public layer, loss and model; the harness runs over all of them.

Adding a public name to `keras_sep.layers`, `keras_sep.losses` or `keras_sep.zoo` without a line
in one of these files fails `test_harness.py`.
"""

from dataclasses import replace

from cases import (
    attention,
    clustering,
    convolution,
    demucs,
    filterbanks,
    losses,
    masks_and_spectra,
    sepreformer,
    sparse,
    speech_models,
    spine,
    unets,
    waveform_models,
)
from keras_sep.testing import Case, LossCase

GROUPS = (
    spine,
    sparse,
    attention,
    clustering,
    convolution,
    demucs,
    filterbanks,
    masks_and_spectra,
    losses,
    sepreformer,
    speech_models,
    unets,
    waveform_models,
)


def _all(kind: str) -> dict:
    """The cases of one kind from every group, each name once."""
    found: dict = {}
    for group in GROUPS:
        cases = getattr(group, kind, {})
        assert not found.keys() & cases.keys(), f"{group.__name__} repeats a case"
        found |= cases
    return found


def _traced_once(cases: dict[str, Case]) -> dict[str, Case]:
    """Of several cases of one name, the first shows what a TensorFlow graph would."""
    return {n: replace(case, traced=case.traced and "," not in n) for n, case in cases.items()}


LAYERS: dict[str, Case] = _traced_once(_all("LAYERS"))
MODELS: dict[str, Case] = _traced_once(_all("MODELS"))
LOSSES: dict[str, LossCase] = _all("LOSSES")
