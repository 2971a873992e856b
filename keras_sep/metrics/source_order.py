"""Matching estimates in any order to their sources."""

import numpy as np
from scipy.optimize import linear_sum_assignment

from keras_sep.metrics._energies import signal_pair
from keras_sep.metrics.si_sdr import si_sdr

_WORST_DB, _BEST_DB = -1e3, 1e3  # for undefined ratios, and for perfect estimates


def source_order(references: np.ndarray, estimates: np.ndarray) -> list[int]:
    """Return the order of the estimates with the highest mean SI-SDR.

    Args:
        references: True sources, shape (samples, channels, sources).
        estimates: Separated sources, of the same shape, in any order.

    Returns:
        Indices such that `estimates[..., order]` belongs to `references`.

    Example:

    >>> import numpy as np
    >>> references = np.random.default_rng(1).standard_normal((701, 1, 3))
    >>> estimates = 0.5 * references[..., [2, 0, 1]] + 0.1
    >>> source_order(references, estimates)
    [1, 2, 0]
    """
    references, estimates = signal_pair(references, estimates)
    if references.ndim != 3:
        raise ValueError(
            "`references` must have shape (samples, channels, sources). "
            f"Received: {references.shape}"
        )
    sources = range(references.shape[-1])
    ratios = [
        [si_sdr(references[..., source], estimates[..., place]) for place in sources]
        for source in sources
    ]
    costs = -np.nan_to_num(ratios, nan=_WORST_DB, posinf=_BEST_DB, neginf=_WORST_DB)
    return [int(place) for place in linear_sum_assignment(costs)[1]]
