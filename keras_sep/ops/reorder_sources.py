"""Sources in another order, each example its own."""

from typing import Any

from keras import ops


def reorder_sources(estimates: Any, permutation: Any) -> Any:
    """Put the sources of every example in the order of its permutation.

    Args:
        estimates: (batch, time, ..., sources).
        permutation: (batch, sources), integers, as `best_assignment` and the `assignment` of
            `losses.PermutationInvariantLoss` return it.

    Returns:
        In the shape of `estimates`; source i of it is source `permutation[:, i]` of `estimates`.

    Example:

    >>> estimates = np.array([[[10.0, 20.0, 30.0]], [[40.0, 50.0, 60.0]]])
    >>> ordered = keras_sep.ops.reorder_sources(estimates, np.array([[2, 0, 1], [0, 2, 1]]))
    >>> keras.ops.convert_to_numpy(ordered).tolist()
    [[[30.0, 10.0, 20.0]], [[40.0, 60.0, 50.0]]]
    """
    estimates = ops.convert_to_tensor(estimates)
    permutation = ops.cast(permutation, "int32")
    # whole sources are taken from memory at once: `take_along_axis` would take every sample singly
    rows = ops.moveaxis(estimates, -1, 1)  # (batch, sources, time, ...)
    rows = ops.reshape(rows, (-1, *ops.shape(rows)[2:]))
    first = ops.arange(ops.shape(permutation)[0], dtype="int32") * estimates.shape[-1]
    taken = ops.take(rows, first[:, None] + permutation, axis=0)
    return ops.moveaxis(taken, 1, -1)
