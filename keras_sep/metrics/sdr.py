"""Signal-to-distortion ratio of a whole signal."""

import numpy as np

from keras_sep.metrics._energies import energy, ratio_db, signal_pair


def sdr(reference: np.ndarray, estimate: np.ndarray) -> np.ndarray | float:
    """Return the signal-to-distortion ratio in dB, over all samples and channels at once.

    This is the plain ratio of energies that the Music Demixing Challenge ranks by: an estimate at
    the wrong level scores lower. BSSEval's SDR, a median over windows of one second, is in
    `bss_eval`; the scale-invariant one is `si_sdr`.

    Args:
        reference: True source, shape (samples,), (samples, channels) or (samples, channels,
            sources).
        estimate: Separated source, of the same shape.

    Returns:
        Decibels: a float, or an array of shape (sources,). An exact estimate gives inf, a silent
            estimate 0, a silent reference -inf, and both silent nan.

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
