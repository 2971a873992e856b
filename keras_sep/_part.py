"""Parts of tensors, whose gradients are fast."""

import itertools
from collections.abc import Sequence
from typing import Any

import keras

from keras_sep._sizes import larger

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf


def part(x: Any, axis: int, start: Any, stop: Any) -> Any:
    """The items `start:stop` along an axis, both counted from its beginning and within it.

    On a CPU the gradient of TensorFlow's own `x[start:stop]` takes ten times as long, as one thread
    copies number by number. Where all parts are needed, `parts` is faster still.
    """
    axis %= len(x.shape)
    size = x.shape[axis]
    known = [n for n in (start, stop) if isinstance(n, int)]
    if any(n < 0 or (size is not None and n > size) for n in known):
        items = max(*known, stop - start) if len(known) == 2 else known[0]
        raise ValueError(
            f"Axis {axis} must have at least {items} items. Received: shape={tuple(x.shape)}"
        )
    if keras.backend.backend() == "tensorflow":
        first, count = [0] * len(x.shape), [-1] * len(x.shape)
        first[axis], count[axis] = start, larger(stop - start, 0)
        shape = [*x.shape]
        shape[axis] = None if tf.is_tensor(count[axis]) else count[axis]
        return tf.ensure_shape(tf.slice(x, first, count), shape)
    return x[(slice(None),) * axis + (slice(start, stop),)]


def parts(x: Any, axis: int, sizes: Sequence[int]) -> list[Any]:
    """The parts of these sizes, one after the other along an axis."""
    if len(sizes) == 1:  # TensorFlow cannot split into one
        return [x]
    return keras.ops.split(x, [*itertools.accumulate(sizes[:-1])], axis=axis)
