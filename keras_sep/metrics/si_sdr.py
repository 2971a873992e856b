"""Scale-invariant signal-to-distortion ratio."""

import numpy as np

from keras_sep.metrics._energies import energy, ratio_db, signal_pair


def si_sdr(reference: np.ndarray, estimate: np.ndarray) -> np.ndarray | float:
    """Return the scale-invariant signal-to-distortion ratio in dB.

    The reference is scaled to fit the estimate best, one factor for all samples and channels,
    and the ratio is between the scaled reference and what is left of the estimate. The mean is
    not removed, as in `losses.SISDR`; remove it first to measure what `losses.SISNR` does.

    Args:
        reference: The true source, shape (samples,), (samples, channels) or
            (samples, channels, sources).
        estimate: The separated source, of the same shape.

    Returns:
        Decibels: a float, or an array of shape (sources,). An estimate that is the reference at
        any level gives inf, one that has nothing of it gives -inf. Where the reference or the
        estimate is silent, no scale is better than another: nan.

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
