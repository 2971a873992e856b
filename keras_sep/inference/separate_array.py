"""Separating an array."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from keras_sep._brief import brief
from keras_sep._validate import require_positive_integers
from keras_sep.data import AudioInfo
from keras_sep.data.audio import RATES_HZ, float_samples
from keras_sep.inference._stem_stream import StemStream

_MOST_CHANNELS = 8  # more of them than samples means that the axes are in the other order


def separate_array(
    separator: Any,
    waveform: Any,
    sample_rate_hz: int,
    stems: Any = None,
    block_seconds: float | None = None,
    context_seconds: float | None = None,
) -> dict[str, np.ndarray]:
    """Separate an array as `separate_file` does a file; see `Separator.separate`.

    Args:
        separator: `Separator` or `CompiledSeparator`.
        waveform: Samples, shape (samples,) or (samples, channels).
        sample_rate_hz: Sample rate of `waveform` in Hz.
        stems: Stems to return, as for `separate_file`. Default None.
        block_seconds: Stride from block to block in seconds, as for `block_grid`.
        context_seconds: Context on either side of a block in seconds, as for `block_grid`.

    Returns:
        A dict from the name of each stem to a float32 array with the shape of `waveform`.
    """
    require_positive_integers(sample_rate_hz=sample_rate_hz)
    if not RATES_HZ[0] <= sample_rate_hz <= RATES_HZ[1]:
        raise ValueError(
            f"`sample_rate_hz` must be from {RATES_HZ[0]} to {RATES_HZ[1]}. "
            f"Received: {brief(sample_rate_hz)}"
        )
    array = np.asarray(waveform)
    samples = _samples(array)
    info = AudioInfo(int(sample_rate_hz), *samples.shape)
    stream = StemStream(separator, info, stems, block_seconds, context_seconds)
    result = {name: np.empty(samples.shape, np.float32) for name in stream.names}
    done = 0
    for piece in stream(_seconds(samples, info.sample_rate_hz)):
        for stem, array_of_stem in zip(np.moveaxis(piece, -1, 0), result.values(), strict=True):
            array_of_stem[done : done + len(piece)] = stem
        done += len(piece)
    return {name: stem.reshape(array.shape) for name, stem in result.items()}


def _samples(array: np.ndarray) -> np.ndarray:
    """The samples as float32 (samples, channels)."""
    if array.ndim not in (1, 2) or not array.size:
        raise ValueError(
            "`waveform` must contain at least one sample, with shape (samples,) or (samples, "
            f"channels). Received shape: {array.shape}"
        )
    if array.ndim == 2 and array.shape[1] > max(len(array), _MOST_CHANNELS):
        raise ValueError(
            "`waveform` must have shape (samples, channels), so `waveform.T` may be meant. "
            f"Received shape: {array.shape}"
        )
    with np.errstate(over="ignore"):  # said below
        samples = float_samples(array).astype(np.float32, copy=False)
    finite = np.isfinite(samples)
    if not finite.all():
        at = int(np.argmin(finite.reshape(len(samples), -1).all(axis=1)))
        raise ValueError(
            f"`waveform` must be finite, as 32-bit floats. Received: {brief(array[at])} at sample "
            f"{at}"
        )
    return samples.reshape(len(samples), -1)


def _seconds(samples: np.ndarray, second: int) -> Iterator[np.ndarray]:
    for start in range(0, len(samples), second):
        yield samples[start : start + second]
