"""Which samples or frames of a batch of unequal lengths are the signal's, and which are padding."""

from typing import Any

from keras import ops


def length_mask(lengths: Any, maximum: Any) -> Any:
    """True up to each example's length, False in the padding after it.

    Args:
        lengths: (batch,), in samples or frames.
        maximum: the batch's length in the same unit, an integer or a scalar tensor.

    Returns:
        (batch, maximum), boolean: what every layer and loss here takes as `mask`.

    Example:

    >>> keras_sep.ops.length_mask(np.array([1, 3]), 3).numpy().tolist()
    [[True, False, False], [True, True, True]]
    """
    lengths = ops.cast(lengths, "int32")
    return ops.arange(maximum, dtype="int32")[None, :] < lengths[:, None]


def spread_mask(mask: Any, like: Any) -> Any:
    """A mask (batch, time) as numbers 0 and 1 that multiply `like`, (batch, time, ...)."""
    shape = (*ops.shape(mask), *[1] * (len(like.shape) - 2))
    return ops.cast(ops.reshape(mask, shape), like.dtype)


def without_padding(x: Any, mask: Any) -> Any:
    """`x` (batch, time, ...), zero where a mask (batch, time) is False; None for a mask of True."""
    return x if mask is None else ops.where(spread_mask(mask, x) > 0, x, 0)


def masked_mean(
    x: Any, mask: Any = None, axis: int | tuple[int, ...] = 1, keepdims: bool = False
) -> Any:
    """Mean over axes of which the first is time (axis 1), respecting `mask`.

    An example without real time steps has the mean 0.

    Args:
        x: (batch, time, ...).
        mask: (batch, time), True for real time steps; None for all.
        axis: axes of the mean, 1 among them.
        keepdims: whether to keep them with length 1.

    Returns:
        `x` without those axes.

    Example:

    >>> x, mask = np.array([[1.0, 3.0, 77.0]]), np.array([[True, True, False]])
    >>> keras_sep.ops.masked_mean(x, mask).numpy().tolist()
    [2.0]
    """
    x = ops.convert_to_tensor(x)
    if mask is None:
        return ops.mean(x, axis=axis, keepdims=keepdims)
    weights = spread_mask(mask, x)
    count = ops.sum(weights * ops.ones_like(x), axis=axis, keepdims=keepdims)
    total = ops.sum(ops.where(weights > 0, x, 0), axis=axis, keepdims=keepdims)
    return total / ops.maximum(count, 1)
