"""A long signal or spectrogram in overlapping windows, and the windows as one signal again."""

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_sep._part import part
from keras_sep._windows import check_hop, check_windows, fitted, window_count


def split_windows(
    x: Any, window_length: int, hop_length: int, padding: int = 0, multiple: int = 1
) -> Any:
    """Cut a signal into overlapping windows, so that every time step is in at least one.

    The last window is zero-padded. The steps are copied, not weighted.

    Args:
        x: (batch, time, ...): a waveform, a spectrogram, features.
        window_length: time steps in a window.
        hop_length: time steps from one window to the next, at most `window_length`; it need not
            divide it.
        padding: number of zeros before and after the signal. There are as many windows as fit into
            the padded signal, and one more if steps of the signal would be left over.
        multiple: number that the count of windows is a multiple of, if more than one; at least one
            zero then follows the signal and its padding.

    Returns:
        (batch, windows, window_length, ...), with `windows = 1 + max(0, (time + padding +
        max(padding, hop_length - 1) - window_length) // hop_length)`, or with a `multiple`
        `windows = multiple * (1 + (time + padding) // (multiple * hop_length))`.

    Example:

    >>> x = np.array([[1, 2, 3, 4, 5, 6]])
    >>> keras_sep.ops.split_windows(x, window_length=4, hop_length=3).numpy().tolist()
    [[[1, 2, 3, 4], [4, 5, 6, 0]]]
    """
    check_windows(window_length, hop_length, padding, multiple)
    x = ops.convert_to_tensor(x)
    batch, time, *rest = ops.shape(x)
    count = window_count(time, window_length, hop_length, padding, multiple)
    overlap = -(-window_length // hop_length)
    rows = count + overlap - 1  # of hop_length steps
    after = rows * hop_length - padding - time
    x = ops.pad(x, [(0, 0), (padding, after), *[(0, 0)] * len(rest)])
    x = ops.reshape(x, (batch, rows, hop_length, *rest))
    # a window is so many rows, of the last one only the beginning: slices, no gather
    x = ops.concatenate([part(x, 1, shift, shift + count) for shift in range(overlap)], axis=2)
    return part(x, 2, 0, window_length)


def overlap_add(windows: Any, hop_length: int) -> Any:
    """Sum of windows, each put `hop_length` time steps after the one before.

    Not the inverse of `split_windows`: that is `join_windows`, which divides the sum.

    Args:
        windows: (batch, windows, window_length, ...).
        hop_length: time steps from one window to the next, at most `window_length`.

    Returns:
        (batch, time, ...), with `time = (windows - 1) * hop_length + window_length`.

    Example:

    >>> windows = np.array([[[1, 2, 3, 4], [10, 20, 30, 40]]])
    >>> keras_sep.ops.overlap_add(windows, hop_length=3).numpy().tolist()
    [[1, 2, 3, 14, 20, 30, 40]]
    """
    windows = ops.convert_to_tensor(windows)
    window_length = windows.shape[2]
    check_windows(window_length, hop_length)
    batch, count, _, *rest = ops.shape(windows)
    overlap = -(-window_length // hop_length)
    # few axes: LiteRT pads five at most
    windows = ops.reshape(windows, (batch, count, window_length, math.prod(rest)))
    total = 0
    for shift in range(overlap):
        start = shift * hop_length
        piece = part(windows, 2, start, min(start + hop_length, window_length))
        around = [(shift, overlap - 1 - shift), (0, hop_length - piece.shape[2])]
        total = total + ops.pad(piece, [(0, 0), *around, (0, 0)])
    x = ops.reshape(total, (batch, (count + overlap - 1) * hop_length, *rest))
    return part(x, 1, 0, (count - 1) * hop_length + window_length)


def join_windows(
    windows: Any,
    hop_length: int,
    length: Any = None,
    padding: int = 0,
    cross_fade: bool = False,
    mask: Any = None,
) -> Any:
    """Overlap-add windows to one signal: the inverse of `split_windows`.

    Overlapping windows are averaged at every time step.

    Args:
        windows: (batch, windows, window_length, ...).
        hop_length: time steps from one window to the next, at most `window_length`.
        length: time steps to return, an integer or a scalar tensor. By default all that the windows
            cover except the padding, which can be more than was split; time steps that no window
            covers are zero.
        padding: padding of `split_windows`.
        cross_fade: whether to weight each window with a triangle that falls towards its ends, where
            a network has least context, instead of equally.
        mask: (batch, windows), True for real windows; None for all.

    Returns:
        (batch, length, ...).

    Example:

    >>> x = np.array([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]])
    >>> windows = keras_sep.ops.split_windows(x, window_length=4, hop_length=3)
    >>> keras_sep.ops.join_windows(windows, hop_length=3, length=6).numpy().tolist()
    [[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]
    """
    check_hop(hop_length, padding)
    windows = ops.convert_to_tensor(windows)
    check_windows(windows.shape[2], hop_length)
    if not keras.backend.is_float_dtype(windows.dtype):
        windows = ops.cast(windows, keras.config.floatx())  # a mean of integers is not one
    window_length, *rest = windows.shape[2:]
    overlapping = window_length > hop_length
    cross_fade = cross_fade and overlapping
    counted = ops.ones_like(windows[(slice(None), slice(None), 0, *[0] * len(rest))])
    # (batch, windows), or the same for every example
    counted = counted[:1] if mask is None else counted * ops.cast(mask, counted.dtype)
    weights = _triangle(window_length) if cross_fade else np.ones(window_length)
    weights = counted[:, :, None] * ops.cast(weights, counted.dtype)
    weights = ops.reshape(weights, (*ops.shape(weights), *[1] * len(rest)))
    if mask is not None:
        windows = ops.where(weights > 0, windows, 0)
    if cross_fade:
        windows = windows * weights
    if overlapping:
        total = overlap_add(windows, hop_length)
    else:
        batch, count = ops.shape(windows)[:2]
        total = ops.reshape(windows, (batch, count * window_length, *rest))
    if overlapping or mask is not None:
        share = overlap_add(weights, hop_length)
        total = total / ops.where(share > 0, share, 1)
    return fitted(total, length, padding)


def _triangle(length: int) -> np.ndarray:
    """Weights that rise to 1 in the middle, and are zero nowhere."""
    rise = np.minimum(np.arange(1, length + 1), np.arange(length, 0, -1))
    return rise / rise.max()
