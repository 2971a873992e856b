"""Signal-to-distortion ratio of a whole signal."""

import numpy as np

from keras_sep.metrics._energies import energy, ratio_db, signal_pair


def sdr(reference: np.ndarray, estimate: np.ndarray) -> np.ndarray | float:
    """Return the signal-to-distortion ratio in dB, over all samples and channels at once.

    This is the plain ratio of energies that the Music Demixing Challenge ranks by. It is neither
    BSSEval's SDR, which is a median over windows of a second (`bss_eval`), nor `si_sdr`: an
    estimate of the wrong level loses.

    Args:
        reference: The true source, shape (samples,), (samples, channels) or
            (samples, channels, sources).
        estimate: The separated source, of the same shape.

    Returns:
        Decibels: a float, or an array of shape (sources,). An exact estimate gives inf, a silent
        estimate 0, a silent reference -inf, and where both are silent there is nothing to
        measure: nan.

    Example:

    >>> import numpy as np
    >>> reference = np.ones((700, 2))
    >>> round(sdr(reference, 0.9 * reference), 6)
    20.0

    Reference:
        Mitsufuji et al., "Music Demixing Challenge 2021", 2022, equation 1.
    """
    reference, estimate = signal_pair(reference, estimate)
    return ratio_db(energy(reference), energy(reference - estimate))
