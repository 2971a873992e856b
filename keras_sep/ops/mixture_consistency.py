"""Estimates that sum to the mixture."""

from typing import Any

from keras import ops

from keras_sep._floors import MEAN_SQUARE_FLOOR
from keras_sep.ops.length_mask import masked_mean
from keras_sep.ops.precision import in_float32

# added to every source's energy, 120 dB down: silent sources share alike, and neither a quotient
# nor its gradient leaves the range of float32


def mixture_consistency(estimates: Any, mixture: Any, weights: Any = None) -> Any:
    """Distribute the mixture minus the estimates among them, so that they sum to it.

    x_i + w_i (mixture - sum of all x). With equal weights it is the nearest set of signals that
    sums to the mixture. Use it only if the estimates are all of the mixture's sources: speakers
    without the noise they were recorded in must not sum to it.

    Args:
        estimates: (..., sources): waveforms (batch, samples, channels, sources), or spectra, also
            a pair (real, imag) of them.
        mixture: (...), a pair if the estimates are one.
        weights: share of each source, summing to one over the last axis, of a shape that broadcasts
            with `estimates`; None for equal shares. See `energy_shares`.

    Returns:
        The shape of `estimates`.

    Example:

    >>> estimates = np.array([[1.0, 2.0], [0.0, 4.0]])  # (samples, sources)
    >>> sources = keras_sep.ops.mixture_consistency(estimates, np.array([5.0, 4.0]))
    >>> keras.ops.convert_to_numpy(sources).tolist()
    [[2.0, 3.0], [0.0, 4.0]]

    Reference: Wisdom et al., "Differentiable consistency constraints for improved deep speech
    enhancement", 2019: the projection for mixture consistency.
    """
    if isinstance(mixture, (tuple, list)):
        parts = zip(estimates, mixture, strict=True)
        return tuple(mixture_consistency(*part, weights) for part in parts)
    if len(estimates.shape) != len(mixture.shape) + 1:
        raise ValueError(
            "`estimates` must have the axes of the mixture and one of sources at the end. "
            f"Received: estimates of shape {tuple(estimates.shape)}, "
            f"mixture of shape {tuple(mixture.shape)}"
        )
    surplus = ops.expand_dims(ops.subtract(ops.sum(estimates, axis=-1), mixture), -1)
    share = 1 / estimates.shape[-1] if weights is None else weights
    # not `ops.add`: on TensorFlow it takes (1, samples, 1, 1) for a bias of the last axis where
    # there are as many samples as sources
    return ops.subtract(estimates, ops.multiply(share, surplus))


def energy_shares(estimates: Any, mask: Any = None) -> Any:
    """Share of each source in the energy of all: its mean square over all axes but the batch.

    One number per source, for all channels, so that the correction does not move a source in the
    stereo image. If all sources are below -120 dB, their shares are equal.

    Args:
        estimates: (batch, time, ..., sources), or a pair (real, imag) of such.
        mask: (batch, time), True for real time steps; None for all.

    Returns:
        (batch, 1, ..., sources), summing to one over the sources.

    Example:

    >>> estimates = np.array([[[1.0, 3.0], [1.0, -3.0]]])  # (batch, samples, sources)
    >>> np.round(keras_sep.ops.energy_shares(estimates), 4).tolist()
    [[[0.1, 0.9]]]
    """
    parts = estimates if isinstance(estimates, (tuple, list)) else (estimates,)
    dtype = ops.convert_to_tensor(parts[0]).dtype
    square = sum(ops.square(in_float32(part)) for part in parts)
    inner = tuple(range(1, len(square.shape) - 1))
    energy = masked_mean(square, mask, axis=inner, keepdims=True) + MEAN_SQUARE_FLOOR
    return ops.cast(energy / ops.sum(energy, axis=-1, keepdims=True), dtype)
