"""Estimates of several networks as one tensor.

Sources last is the public layout, and a slow one: what is done to one source then touches every
fourth number. So the functions that read or write all sources of a spectrogram turn it around first
and back last, and where two of them meet in a graph, the two transpositions cancel.
"""

from typing import Any

from keras import ops


def sources_first(x: Any) -> Any:
    """(batch, frames, bins, channels, sources) to (batch, channels, sources, frames, bins)."""
    return ops.transpose(x, (0, 3, 4, 1, 2))


def sources_last(x: Any) -> Any:
    """(batch, channels, sources, frames, bins) to (batch, frames, bins, channels, sources)."""
    return ops.transpose(x, (0, 3, 4, 1, 2))


def join_sources(estimates: Any) -> Any:
    """Concatenate estimates along their axis of sources.

    Args:
        estimates: tensors (batch, frames, bins, channels, sources), the sources at will; or
            waveforms (batch, samples, channels, sources).

    Returns:
        (batch, frames, bins, channels, all sources), or (batch, samples, channels, all sources).

    Example:

    >>> vocals, others = np.ones((1, 3, 5, 2, 1)), np.zeros((1, 3, 5, 2, 3))
    >>> tuple(keras_sep.ops.join_sources([vocals, others]).shape)
    (1, 3, 5, 2, 4)
    """
    if len(estimates) == 1:
        return estimates[0]
    if len(estimates[0].shape) != 5:
        return ops.concatenate(estimates, axis=-1)
    return sources_last(ops.concatenate([sources_first(x) for x in estimates], axis=2))
