"""Dense layers of bands."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def set_banded(dense: Any, bands: Sequence[Mapping[str, np.ndarray]]) -> None:
    """The weights of every band to the layers of a `BandSplit` or `BandMasks`.

    Args:
        dense: `BandedDense`.
        bands: for each band `kernel` (features, units) and `bias`, and what its normalisation has
            of `gamma` and `beta`.
    """
    stacked = {"kernel": dense.kernels, "bias": dense.biases}
    if dense.normalization is not None:
        stacked["gamma"] = dense.gammas
    if dense.normalization == "layer":
        stacked["beta"] = dense.betas
    for name, groups in stacked.items():
        first = 0
        for (count, *_), weight in zip(dense.groups, groups, strict=True):
            weight.assign(np.stack([band[name] for band in bands[first : first + count]]))
            first += count
