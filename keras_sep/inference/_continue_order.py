"""Matching the sources of one block to those of the next, if their order is arbitrary."""

import numpy as np
from scipy.optimize import linear_sum_assignment


def continue_order(reference: np.ndarray, stems: np.ndarray) -> list[int]:
    """Return the order that makes the sources of `stems` continue those of `reference`.

    That order has the largest sum of correlation coefficients between the two, over the same
    samples. If sources are silent or match equally well, the order stays.

    Args:
        reference: Stems in the wanted order, shape (samples, channels, sources).
        stems: Stems of the same samples, separated again; same shape.

    Returns:
        Indices such that `stems[..., order]` matches `reference`.

    Example:

    >>> import numpy as np
    >>> stems = np.random.default_rng(1).standard_normal((101, 2, 3))
    >>> continue_order(stems[..., [2, 0, 1]], stems)
    [2, 0, 1]
    """
    products = np.einsum("tci,tcj->ij", reference, stems, dtype=np.float64)
    norms = np.sqrt(
        np.outer(
            np.einsum("tci,tci->i", reference, reference, dtype=np.float64),
            np.einsum("tci,tci->i", stems, stems, dtype=np.float64),
        )
    )
    correlation = np.divide(products, norms, out=np.zeros_like(products), where=norms > 0)
    correlation += 1e-9 * np.eye(len(correlation))  # between equals, the order stays
    return [int(place) for place in linear_sum_assignment(-correlation)[1]]
