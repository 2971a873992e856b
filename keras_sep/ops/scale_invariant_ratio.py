"""Scale-invariant signal-to-distortion ratio, differentiable."""

import math
from typing import Any

from keras import ops

from keras_sep._floors import ENERGY_FLOOR, RELATIVE_ENERGY_FLOOR
from keras_sep.ops.length_mask import masked_mean, spread_mask


def scale_invariant_ratio_db(
    reference: Any, estimate: Any, zero_mean: bool, mask: Any = None
) -> Any:
    """Energy of the estimate's projection on the reference over that of the rest, in decibels.

    Always finite, with a finite gradient: the ratio of a silent estimate or a silent reference is
    -80 dB, that of a perfect estimate 80 dB.

    Args:
        reference: (batch, samples, ...).
        estimate: (batch, samples, ...).
        zero_mean: whether to subtract each signal's mean first (SI-SNR) or not (SI-SDR).
        mask: (batch, samples), True for real samples; None for all.

    Returns:
        (batch, ...), without the axis of samples.

    Example:

    >>> reference, noise = np.array([[1.0, 1.0, 0.0, 0.0]]), np.array([[0.0, 0.0, 0.1, 0.1]])
    >>> ratio = keras_sep.ops.scale_invariant_ratio_db(reference, reference + noise, False)
    >>> np.round(ratio, 3).tolist()
    [20.0]

    Reference: Le Roux et al., "SDR - half-baked or well done?", 2019, equation 5.
    """
    if zero_mean:
        reference = reference - masked_mean(reference, mask, keepdims=True)
        estimate = estimate - masked_mean(estimate, mask, keepdims=True)
    if mask is not None:
        reference = reference * spread_mask(mask, reference)
        estimate = estimate * spread_mask(mask, estimate)
    energy = ops.sum(ops.square(reference), axis=1, keepdims=True)
    inner = ops.sum(reference * estimate, axis=1, keepdims=True)
    projection = inner / (energy + ENERGY_FLOOR) * reference
    rest = estimate - projection
    energy = ops.sum(ops.square(estimate), axis=1) + ENERGY_FLOOR
    signal = ops.sum(ops.square(projection), axis=1) + RELATIVE_ENERGY_FLOOR * energy
    noise = ops.sum(ops.square(rest), axis=1) + RELATIVE_ENERGY_FLOOR * energy + ENERGY_FLOOR
    return (ops.log(signal) - ops.log(noise)) * (10 / math.log(10))
