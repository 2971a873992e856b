"""A long signal or spectrogram in overlapping windows, and the windows as one signal again."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_sep._sizes import larger
from keras_sep._validate import require_integers_from, require_positive_integers


def check_windows(window_length: int, hop_length: int, padding: int = 0, multiple: int = 1) -> None:
    """Raise unless windows of this length and hop leave no time step out."""
    check_hop(hop_length, padding)
    require_positive_integers(multiple=multiple)
    if not isinstance(window_length, int) or window_length < hop_length:
        raise ValueError(
            "`window_length` must be an integer and at least `hop_length`. "
            f"Received: window_length={window_length!r}, hop_length={hop_length}"
        )


def check_hop(hop_length: int, padding: int = 0) -> None:
    """Raise unless these are what windows of some length can have."""
    require_positive_integers(hop_length=hop_length)
    require_integers_from(0, padding=padding)


def window_count(
    time: Any, window_length: int, hop_length: int, padding: int = 0, multiple: int = 1
) -> Any:
    """How many windows `split_windows` makes of `time` steps, an integer or a scalar tensor."""
    slack = _slack(window_length, hop_length, padding, multiple)
    return multiple * (1 + larger((time + slack) // (multiple * hop_length), 0))


def whole_windows(time: Any, window_length: int, hop_length: int) -> Any:
    """How many of `time` steps windows without padding cover that end within them.

    At least a window, which may be more than there is.
    """
    return window_length + larger((time - window_length) // hop_length, 0) * hop_length


def window_mask(
    mask: Any, window_length: int, hop_length: int, padding: int = 0, multiple: int = 1
) -> Any:
    """Windows that an example alone would have: (batch, windows) from a mask (batch, time).

    It only slices, so it also runs on Keras's symbolic tensors of unknown length.
    """
    # window n is there from the length n * hop_length - slack on, so the mask at the step before
    # that length says it; the first window is always there
    slack, hop_length = _slack(window_length, hop_length, padding, multiple), multiple * hop_length
    steps = ops.cast(mask, "int32")
    first = steps[:, :1]
    steps = ops.pad(steps, ((0, 0), (slack, 0)), constant_values=1) if slack > 0 else steps
    steps = steps[:, max(-slack, 0) + hop_length - 1 :: hop_length]
    counted = ops.cast(ops.concatenate([first, steps], axis=1), "bool")
    return counted if multiple == 1 else ops.repeat(counted, multiple, axis=1)


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
    x = ops.concatenate([x[:, shift : shift + count] for shift in range(overlap)], axis=2)
    return x[:, :, :window_length]


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
    total = 0
    for shift in range(overlap):
        start = shift * hop_length
        piece = windows[:, :, start : start + hop_length]
        around = [(shift, overlap - 1 - shift), (0, hop_length - piece.shape[2])]
        total = total + ops.pad(piece, [(0, 0), *around, *[(0, 0)] * len(rest)])
    x = ops.reshape(total, (batch, (count + overlap - 1) * hop_length, *rest))
    return x[:, : (count - 1) * hop_length + window_length]


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
    total = overlap_add(windows, hop_length)
    if overlapping or mask is not None:
        share = overlap_add(weights, hop_length)
        total = total / ops.where(share > 0, share, 1)
    return fitted(total, length, padding)


def fitted(x: Any, length: Any, start: int = 0) -> Any:
    """`length` time steps of x from `start` on, with zeros where x ends before.

    A length of None is all but as many steps at the end as at the start.
    """
    time = ops.shape(x)[1]
    if length is None:
        return x[:, start : time - start]
    missing = larger(start + length - time, 0)
    x = ops.pad(x, [(0, 0), (0, missing), *[(0, 0)] * (len(x.shape) - 2)])
    return x[:, start : start + length]


def _slack(window_length: int, hop_length: int, padding: int, multiple: int) -> int:
    """Steps by which a signal may fall short of n hops and still have n windows after the first.

    Of n times `multiple` hops and windows where that is more than one.
    """
    if multiple > 1:
        return padding
    return padding + max(padding, hop_length - 1) - window_length


def _triangle(length: int) -> np.ndarray:
    """Weights that rise to 1 in the middle, and are zero nowhere."""
    rise = np.minimum(np.arange(1, length + 1), np.arange(length, 0, -1))
    return rise / rise.max()
