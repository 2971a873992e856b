"""`keras.layers.GRU` with a fast loop on the CPU."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_sep._tails import zeros
from keras_sep.layers import _backend
from keras_sep.layers._axes import WithAxes
from keras_sep.layers._fast_loop import SHUT, fast_loop_applies, is_short


@keras.saving.register_keras_serializable(package="keras_sep")
class GRU(WithAxes, keras.layers.GRU):
    """`keras.layers.GRU` itself, weights and all, with a loop that is fast on a CPU.

    The loop applies on TensorFlow and JAX with `reset_after=True`, the default and the form of
    cuDNN and PyTorch. Everything else is Keras's own code, as in `LSTM`; so are the gradients.

    Args: those of `keras.layers.GRU`.

    Input shape:
        (batch, frames, features)

    Output shape:
        (batch, frames, units) with `return_sequences`, else (batch, units)

    Example:

    >>> x = np.random.default_rng(0).normal(size=(2, 50, 16)).astype("float32")
    >>> ours = keras_sep.layers.GRU(8, return_sequences=True)
    >>> theirs = keras.layers.GRU(8, return_sequences=True)
    >>> tuple(ours(x).shape) == tuple(theirs(x).shape)
    True
    >>> theirs.set_weights(ours.get_weights())
    >>> bool(np.allclose(ours(x), theirs(x), atol=1e-5))
    True

    Reference: Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014.
    """

    axes = ("(batch, frames, features)",)
    at_least_one = ("frames",)

    def inner_loop(
        self, sequences: Any, initial_state: Any, mask: Any, training: bool = False
    ) -> Any:
        if not self.is_fast(mask, training):
            return super().inner_loop(sequences, initial_state, mask, training=training)
        x = ops.transpose(sequences, (1, 0, 2))  # (frames, batch, features)
        outputs, h = self.time_major(x, keras.tree.flatten(initial_state)[0], training=training)
        if self.go_backwards:  # Keras returns a reversed sequence in the order it was read
            outputs = ops.flip(outputs, axis=0)
        return h, ops.transpose(outputs, (1, 0, 2)), [h]

    def initial_state(self, shape: Any) -> dict[str, Any]:
        """The state of a stream (batch, frames, features) at its start."""
        if not self.cell.reset_after:
            raise ValueError("A stream needs `reset_after=True`. Received: reset_after=False")
        return {"h": zeros(self, shape[0], self.cell.units)}

    def step(self, inputs: Any, state: dict[str, Any], valid: Any = None) -> Any:
        """Outputs of the next frames of a stream, (batch, frames, units), and the state after them.

        Frames that are not `valid` come first, and leave the state as it is, zero.
        """
        cell = self.cell
        units = cell.units
        bias = recurrent_bias = ops.zeros((3 * units,), inputs.dtype)
        if cell.use_bias:
            bias, recurrent_bias = ops.unstack(ops.convert_to_tensor(cell.bias))
        gates = ops.add(ops.matmul(inputs, cell.kernel), bias)
        if valid is not None:  # else all of the state stays
            kept = np.repeat([-SHUT, 0.0, 0.0], units)
            gates = ops.where(valid[:, :, None], gates, ops.cast(kept, gates.dtype))
        kernel, h = ops.convert_to_tensor(cell.recurrent_kernel), state["h"]
        if _backend.gru is not None and not is_short(inputs):
            gates = ops.transpose(gates, (1, 0, 2))  # (frames, batch, 3 * units)
            outputs, h = _backend.gru(gates, kernel, recurrent_bias, h)
            return ops.transpose(outputs, (1, 0, 2)), {"h": h}
        outputs = []
        for frame in ops.unstack(gates, axis=1):
            inner = ops.matmul(h, kernel) + recurrent_bias
            update, reset = ops.split(
                ops.sigmoid(frame[:, : 2 * units] + inner[:, : 2 * units]), 2, axis=-1
            )
            candidate = ops.tanh(frame[:, 2 * units :] + reset * inner[:, 2 * units :])
            h = candidate + update * (h - candidate)
            outputs.append(h)
        return ops.stack(outputs, axis=1), {"h": h}

    def is_fast(self, mask: Any = None, training: bool = False) -> Any:
        """Whether the loop is ours."""
        return (
            _backend.gru is not None
            and self.cell.reset_after
            and fast_loop_applies(self, mask, training)
        )

    def time_major(self, x: Any, h: Any = None, training: bool = False) -> Any:
        """Outputs in the order of time and the last state, of x (frames, batch, features)."""
        cell = self.cell
        if h is None:
            h = ops.zeros((ops.shape(x)[1], cell.units), x.dtype)
        bias = recurrent_bias = ops.zeros((3 * cell.units,), x.dtype)
        if cell.use_bias:
            bias, recurrent_bias = ops.unstack(ops.convert_to_tensor(cell.bias))
        kernel, recurrent_kernel = map(ops.convert_to_tensor, (cell.kernel, cell.recurrent_kernel))
        recurrent = recurrent_kernel, recurrent_bias, h
        if _backend.infer_gru is not None and not training:
            return _backend.infer_gru(x, kernel, bias, *recurrent, reverse=self.go_backwards)
        gates = ops.add(ops.matmul(x, kernel), bias)  # (frames, batch, 3 * units)
        return _backend.gru(gates, *recurrent, reverse=self.go_backwards)
