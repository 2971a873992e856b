"""A mask for what no source claims."""

from typing import Any

from keras import ops


def residual_mask(masks: Any) -> Any:
    """Append one more source, whose mask is one minus the sum of the others: max(1 - sum, 0).

    Where the others sum to more than one it is 0, and the sum remains above one.

    Args:
        masks: (..., sources).

    Returns:
        (..., sources + 1), the residual last.

    Example:

    >>> masks = keras_sep.ops.residual_mask(np.array([[0.25, 0.5], [1.0, 0.5]]))
    >>> keras.ops.convert_to_numpy(masks).tolist()
    [[0.25, 0.5, 0.25], [1.0, 0.5, 0.0]]
    """
    residual = ops.relu(1 - ops.sum(masks, axis=-1, keepdims=True))
    return ops.concatenate([masks, residual], axis=-1)
