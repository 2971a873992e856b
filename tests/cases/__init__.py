"""One line for every public layer, loss and model; the harness runs over all of them.

Adding a public name to `keras_sep.layers`, `keras_sep.losses` or `keras_sep.zoo` without a line
in one of these files fails `test_harness.py`.
"""

from cases import (
    clustering,
    convolution,
    demucs,
    filterbanks,
    losses,
    masks_and_spectra,
    speech_models,
    spine,
    unets,
    waveform_models,
)
from cases.case import Case, LossCase

GROUPS = (
    spine,
    clustering,
    convolution,
    demucs,
    filterbanks,
    masks_and_spectra,
    losses,
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


LAYERS: dict[str, Case] = _all("LAYERS")
MODELS: dict[str, Case] = _all("MODELS")
LOSSES: dict[str, LossCase] = _all("LOSSES")
