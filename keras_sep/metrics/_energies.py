"""Parts shared by both ratios: float64 signals of one shape, and decibels defined on silence."""

import numpy as np


def signal_pair(reference: np.ndarray, estimate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both signals in float64, or raise a `ValueError` if their shapes do not fit."""
    reference = np.asarray(reference, np.float64)
    estimate = np.asarray(estimate, np.float64)
    if reference.shape != estimate.shape or reference.ndim not in (1, 2, 3):
        raise ValueError(
            "`reference` and `estimate` must have one shape: (samples,), (samples, channels) or "
            f"(samples, channels, sources). Received: {reference.shape} and {estimate.shape}"
        )
    return reference, estimate


def energy(signal: np.ndarray) -> np.ndarray:
    """Sum of squares over samples and channels; the sources axis, if there is one, stays."""
    return np.sum(np.square(signal), axis=(0, 1) if signal.ndim > 1 else 0)


def ratio_db(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray | float:
    """Ten times the decimal logarithm of a ratio: x/0 is inf, 0/x is -inf, 0/0 is nan."""
    with np.errstate(divide="ignore", invalid="ignore"):
        decibels = 10 * np.log10(np.divide(numerator, denominator))
    return float(decibels) if np.ndim(decibels) == 0 else decibels
