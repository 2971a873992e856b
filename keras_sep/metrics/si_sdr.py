"""Scale-invariant signal-to-distortion ratio."""

import numpy as np

from keras_sep.metrics._energies import energy, ratio_db, signal_pair


def si_sdr(reference: np.ndarray, estimate: np.ndarray) -> np.ndarray | float:
    """Return the scale-invariant signal-to-distortion ratio in dB.

    The reference is scaled to fit the estimate best, with one factor for all samples and channels;
    the ratio is that of the scaled reference to the rest of the estimate. As in `losses.SISDR`, the
    mean stays; remove it first to measure what `losses.SISNR` does.

    Args:
        reference: True source, shape (samples,), (samples, channels) or (samples, channels,
            sources).
        estimate: Separated source, of the same shape.

    Returns:
        Decibels: a float, or an array of shape (sources,). A scaled copy of the reference gives
            inf, an estimate orthogonal to it -inf. If either is silent, no scale fits better than
            another: nan.

    Example:

    >>> import numpy as np
    >>> reference = np.array([[1.0], [0.0]])
    >>> round(si_sdr(reference, 5 * reference + np.array([[0.0], [0.5]])), 6)
    20.0

    Reference:
        Le Roux et al., "SDR - half-baked or well done?", ICASSP 2019, equation 3.
    """
    reference, estimate = signal_pair(reference, estimate)
    axes = (0, 1) if reference.ndim > 1 else 0
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.sum(reference * estimate, axis=axes) / energy(reference)
    target = scale * reference
    return ratio_db(energy(target), energy(estimate - target))
