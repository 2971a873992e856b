"""Windows of a long signal: what they may be, how many there are, and where a signal ends."""

from typing import Any

from keras import ops

from keras_sep._part import part
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


def hops_before(window_length: int, hop_length: int) -> int:
    """Whole hops by which a stream's window begins before the hop with which it is complete."""
    return -(-(window_length - hop_length) // hop_length)


def frames_before(window_length: int, hop_length: int, padding: int) -> int:
    """How many of a stream's windows lie before the first that a padded signal has.

    Raises:
        ValueError: If a stream's windows are not those of a signal with this padding.
    """
    windows, rest = divmod(padding, hop_length)
    before = hops_before(window_length, hop_length) - windows
    if rest or before < 0:
        raise ValueError(
            f"A stream needs a `padding` that is a multiple of {hop_length}, and at most "
            f"{window_length - hop_length}. Received: padding={padding}"
        )
    return before


def fitted(x: Any, length: Any, start: int = 0) -> Any:
    """`length` time steps of x from `start` on, with zeros where x ends before.

    A length of None is all but as many steps at the end as at the start.
    """
    time = ops.shape(x)[1]
    if length is None:
        return part(x, 1, start, time - start)
    missing = larger(start + length - time, 0)
    x = ops.pad(x, [(0, 0), (0, missing), *[(0, 0)] * (len(x.shape) - 2)])
    return part(x, 1, start, start + length)


def _slack(window_length: int, hop_length: int, padding: int, multiple: int) -> int:
    """Steps by which a signal may fall short of n hops and still have n windows after the first.

    Of n times `multiple` hops and windows where that is more than one.
    """
    if multiple > 1:
        return padding
    return padding + max(padding, hop_length - 1) - window_length
