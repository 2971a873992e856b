"""Each source's share of the mixture, from estimates of the sources."""

from typing import Any

from keras import ops

from keras_sep.ops.join_sources import sources_first, sources_last
from keras_sep.ops.precision import in_float32

MOST_EXPONENT = 4  # the powers of all magnitudes below 1e9 are finite


def ratio_mask(estimates: Any, exponent: float = 2.0, epsilon: float = 1e-10) -> Any:
    """Share of each source in the sum of all sources, each to the power of `exponent`.

    Not `ideal_ratio_mask` and `wiener_like_mask`, which know the stems: these are estimates. The
    masks of the sources sum to one everywhere; in silence each source has an equal share.

    Args:
        estimates: (batch, frames, bins, channels, sources), non-negative magnitudes.
        exponent: power of the estimates, up to 4. 1 shares by magnitude, 2 (the default) by power;
            the larger, the more of a bin goes to the loudest source.
        epsilon: sum of powers that counts as silence, in the unit of the estimates to the power
            of `exponent`. Default 1e-10, as in Spleeter.

    Returns:
        (batch, frames, bins, channels, sources), from 0 to 1.

    Example:

    >>> estimates = np.array([[3.0, 1.0], [0.0, 0.0]]).reshape(1, 2, 1, 1, 2)
    >>> masks = np.array(keras_sep.ops.ratio_mask(estimates))
    >>> masks.round(4).reshape(2, 2).tolist()
    [[0.9, 0.1], [0.5, 0.5]]

    Reference: Liutkus and Badeau, "Generalized Wiener filtering with fractional power
    spectrograms", 2015, equation 6.
    """
    estimates = ops.convert_to_tensor(estimates)
    masks = ratio_shares(sources_first(in_float32(estimates)), exponent, epsilon)
    return ops.cast(sources_last(masks), estimates.dtype)


def ratio_shares(estimates: Any, exponent: float, epsilon: float = 1e-10) -> Any:
    """The masks of estimates (batch, channels, sources, frames, bins), in the same order."""
    powers = _power(estimates, exponent, epsilon)
    silent = epsilon / powers.shape[2]
    return (powers + silent) / (ops.sum(powers, axis=2, keepdims=True) + epsilon)


def _power(x, exponent, epsilon):
    if exponent in (1, 2):
        return x if exponent == 1 else ops.square(x)
    # no root of zero, whose gradient is infinite
    return ops.power(ops.maximum(x, (1e-6 * epsilon) ** (1 / exponent)), exponent)
