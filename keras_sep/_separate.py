"""Separating an array: the method `Separator.separate`."""

import importlib
from typing import Any

import numpy as np


def separate(
    self: Any,
    waveform: Any,
    sample_rate_hz: int,
    stems: Any = None,
    *,
    shifts: int = 1,
    block_seconds: float | None = None,
    context_seconds: float | None = None,
) -> dict[str, np.ndarray]:
    """Separate a recording of any length, sample rate and number of channels.

    It is resampled to the separator's rate and back, and separated in blocks; the stems equal those
    of `keras_sep.inference.separate_file`. The first call compiles the separator for all others.

    Args:
        waveform: Samples, shape (samples,) or (samples, channels): floats with full scale at -1 and
            1, or integers of 16 or 32 bits.
        sample_rate_hz: Sample rate of `waveform` in Hz.
        stems: Names of the stems to return, such as `("vocals", "no_vocals")`, or mapping from the
            name of each to gains, as for `separate_file`. None for every source. Default None.
        shifts: Number of separations of the input, each shifted in time, that are averaged: slower
            by that factor, slightly better. Default 1.
        block_seconds: Stride from block to block in seconds. Default: by the networks, see
            `keras_sep.inference.block_grid`.
        context_seconds: Context on either side of a block in seconds. Default: by the networks.

    Returns:
        A dict from the name of each stem to a float32 array with the shape of `waveform`.

    Raises:
        ValueError: If `waveform` is empty, has another shape, or holds NaN or infinite samples, or
            if the separator has no such stem.

    Example:

    >>> import numpy as np, keras_sep
    >>> network = keras_sep.zoo.open_unmix(("vocals", "drums"), bins=17, hidden=4, layers=1)
    >>> separator = keras_sep.Separator(
    ...     network, 8000, ("vocals", "drums"), keras_sep.layers.STFT(32, 8)
    ... )
    >>> stems = separator.separate(np.zeros((44100, 2)), 44100)
    >>> {name: stem.shape for name, stem in stems.items()}
    {'vocals': (44100, 2), 'drums': (44100, 2)}
    """
    inference = importlib.import_module("keras_sep.inference")  # which imports this package
    return inference.separate_array(
        inference.CompiledSeparator(self, shifts),
        waveform,
        sample_rate_hz,
        stems,
        block_seconds,
        context_seconds,
    )
