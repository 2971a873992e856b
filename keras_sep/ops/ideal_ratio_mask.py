"""The best mask a network that masks magnitudes can hope for."""

from typing import Any

from keras import ops

from keras_sep.ops.magnitude import magnitude


def ideal_ratio_mask(stems_pair: Any) -> Any:
    """Share of each stem's magnitude in the sum of all stems' magnitudes.

    Not the Wiener-like mask of powers. The masks of the sources sum to one everywhere: in
    silence each source has an equal share.

    Args:
        stems_pair: (real, imag), each (batch, frames, bins, channels, sources).

    Returns:
        (batch, frames, bins, channels, sources), from 0 to 1.

    Example:

    >>> stems = np.array([[3.0, 0.0], [0.0, 0.0]]), np.array([[4.0, 15.0], [0.0, 0.0]])
    >>> keras_sep.ops.ideal_ratio_mask(stems).numpy().tolist()
    [[0.25, 0.75], [0.5, 0.5]]
    """
    magnitudes = magnitude(stems_pair)
    total = ops.sum(magnitudes, axis=-1, keepdims=True)
    silent = ops.equal(total, 0)
    share = magnitudes / ops.where(silent, ops.ones_like(total), total)
    return ops.where(silent, ops.full_like(magnitudes, 1 / magnitudes.shape[-1]), share)
