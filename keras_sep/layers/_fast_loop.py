"""When the loops of `_backend` stand in for Keras's own."""

import contextlib
import os
from collections.abc import Iterator
from typing import Any

import keras

from keras_sep.layers import _backend

# the one switch that turns all of them off, also from outside: KERAS_SEP_FAST_LOOPS=0
FAST_LOOPS = os.environ.get("KERAS_SEP_FAST_LOOPS", "1") != "0"
SHUT = -1e4  # a gate whose sigmoid is exactly 0, also in float16
UNROLLED = 16  # frames of a step of a stream, at most, that need no loop


@contextlib.contextmanager
def loops_of_keras() -> Iterator[None]:
    """Have Keras's own loops inside the block, whose graphs say all shapes."""
    global FAST_LOOPS
    before, FAST_LOOPS = FAST_LOOPS, False
    try:
        yield
    finally:
        FAST_LOOPS = before


def is_short(frames: Any) -> bool:
    """Whether (batch, frames, features) are so few frames that a step of a stream needs no loop."""
    return frames.shape[1] is not None and frames.shape[1] <= UNROLLED


def fast_loop_applies(layer: Any, mask: Any, training: bool) -> Any:
    """Whether `layer`, an LSTM or GRU of Keras, is set up as our loops compute it on a CPU.

    It does not with `FAST_LOOPS` off, nor if Keras would use cuDNN, nor with a mask, dropout inside
    the cell, `unroll`, or activations other than tanh and sigmoid.
    """
    cell = layer.cell
    if not FAST_LOOPS:
        return False
    if layer.use_cudnn is True or (layer.use_cudnn and _backend.has_gpu()):
        return False
    if training and (cell.dropout or cell.recurrent_dropout):
        return False
    return (
        all(m is None for m in keras.tree.flatten(mask))
        and not layer.unroll
        and cell.activation is keras.activations.tanh
        and cell.recurrent_activation is keras.activations.sigmoid
    )
