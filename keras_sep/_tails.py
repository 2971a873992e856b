"""What a stream keeps of the end of a signal, (batch, time, ...), until its next chunk."""

from typing import Any

import keras
from keras import ops

from keras_sep._part import part


def extended(tail: Any, x: Any) -> tuple[Any, Any]:
    """`x` after the tail of what came before, and the tail of both, as long."""
    both = ops.concatenate([tail, x], axis=1)
    time, kept = ops.shape(both)[1], tail.shape[1]
    return both, part(both, 1, time - kept, time)


def overlapped(tail: Any, x: Any, steps: Any) -> tuple[Any, Any]:
    """The first steps of `x`, to whose beginning the tail is added, and the rest as the new tail.

    `x` is longer by the tail than the number of steps.
    """
    rest = [(0, 0)] * (len(x.shape) - 2)
    x = x + ops.pad(tail, ((0, 0), (0, steps), *rest))
    return part(x, 1, 0, steps), part(x, 1, steps, steps + tail.shape[1])


def first_state(layer: Any, shape: Any) -> Any:
    """The state of a stream through a layer at its start; empty for one that keeps nothing."""
    return layer.initial_state(shape) if hasattr(layer, "initial_state") else {}


def stepped(layer: Any, x: Any, state: Any, valid: Any) -> tuple[Any, Any]:
    """What a layer makes of the next chunk, and the state after it."""
    if hasattr(layer, "step"):
        return layer.step(x, state, valid)
    return layer(x), state


def seen(batch: int) -> dict[str, Any]:
    """The part of a state that counts frames, up to those that lie before the stream."""
    return {"seen": ops.zeros((batch,), "int32")}


def seen_more(state: Any, frames: Any, most: int) -> dict[str, Any]:
    """The same after so many frames more."""
    return {"seen": ops.minimum(state["seen"] + ops.cast(frames, "int32"), most)}


def zeros(layer: keras.Layer, *shape: int) -> Any:
    """Zeros in the dtype in which a layer computes."""
    return ops.zeros(shape, layer.compute_dtype)
