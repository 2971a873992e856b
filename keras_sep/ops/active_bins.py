"""Which bins of a spectrogram hold sound: the others have no say in clustering."""

import math
from functools import reduce
from typing import Any

from keras import ops

from keras_sep._validate import require_positive_numbers
from keras_sep.ops.length_mask import without_padding
from keras_sep.ops.magnitude import magnitude
from keras_sep.ops.precision import in_float32

SILENCE_DB = 40.0  # below the loudest bin, as Hershey et al. 2016 have it


def active_bins(mixture_magnitude: Any, silence_db: float = SILENCE_DB, mask: Any = None) -> Any:
    """1 where the mixture is less than `silence_db` below its example's loudest bin, else 0.

    Args:
        mixture_magnitude: (batch, frames, bins), non-negative.
        silence_db: level of silence in decibels below the loudest bin; with `math.inf` only bins
            that are exactly zero are silent.
        mask: (batch, frames), True for real frames; None for all.

    Returns:
        (batch, frames, bins), float32 at least. All 0 for an example without any sound.

    Example:

    >>> loudness = np.array([[[1.0, 0.2, 0.0]]])
    >>> keras.ops.convert_to_numpy(keras_sep.ops.active_bins(loudness, silence_db=20.0)).tolist()
    [[[1.0, 1.0, 0.0]]]

    Reference: Hershey et al., "Deep clustering: discriminative embeddings for segmentation and
    separation", 2016, section 3.
    """
    check_silence(silence_db)
    level = without_padding(in_float32(mixture_magnitude), mask)
    loudest = ops.max(level, axis=(1, 2), keepdims=True, initial=0.0)  # of nothing, silence
    return ops.cast(level > 10 ** (-silence_db / 20) * loudest, level.dtype)


def check_silence(silence_db: float) -> None:
    """Raise a `ValueError` unless `silence_db` is a valid level below the loudest bin."""
    if silence_db != math.inf:
        require_positive_numbers(silence_db=silence_db)


def joint_magnitude(pair: Any) -> Any:
    """Magnitude over all channels: the square root of the sum of their powers.

    Args:
        pair: (real, imag), each (batch, frames, bins, channels, ...).

    Returns:
        (batch, frames, bins, ...), float32 at least.

    Example:

    >>> stereo = np.full((1, 1, 1, 2), 3.0), np.full((1, 1, 1, 2), 4.0)
    >>> round(float(keras_sep.ops.joint_magnitude(stereo)[0, 0, 0]), 4)
    7.0711
    """
    each = magnitude(tuple(in_float32(part) for part in pair))
    channels = [each[:, :, :, n] for n in range(each.shape[3])]
    return reduce(lambda a, b: magnitude((a, b)), channels)
