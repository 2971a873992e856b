"""`keras.layers.LSTM` with a fast loop on the CPU."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_sep._tails import zeros
from keras_sep.layers import _backend
from keras_sep.layers._axes import WithAxes
from keras_sep.layers._fast_loop import SHUT, fast_loop_applies, is_short


@keras.saving.register_keras_serializable(package="keras_sep")
class LSTM(WithAxes, keras.layers.LSTM):
    """`keras.layers.LSTM` itself, weights and all, with a loop that is fast on a CPU.

    The product of input and kernel is computed for all frames before the loop, and the gradients of
    the weights as single products after it. It applies on TensorFlow and JAX. Keras's own code runs
    instead if cuDNN would (a GPU is present and `use_cudnn` is not False), on PyTorch, with a mask,
    with dropout inside the cell in training, with `unroll`, and with activations other than tanh
    and sigmoid. `KERAS_SEP_FAST_LOOPS=0` in the environment turns the fast loop off. Set
    `use_cudnn = False` before tracing a graph that must run on any CPU. On TensorFlow the fast loop
    has first-order gradients only.

    Args: those of `keras.layers.LSTM`.

    Input shape:
        (batch, frames, features)

    Output shape:
        (batch, frames, units) with `return_sequences`, else (batch, units)

    Example:

    >>> x = np.random.default_rng(0).normal(size=(2, 50, 16)).astype("float32")
    >>> ours = keras_sep.layers.LSTM(8, return_sequences=True)
    >>> theirs = keras.layers.LSTM(8, return_sequences=True)
    >>> tuple(ours(x).shape) == tuple(theirs(x).shape)
    True
    >>> theirs.set_weights(ours.get_weights())
    >>> bool(np.allclose(ours(x), theirs(x), atol=1e-5))
    True

    Reference: Hochreiter and Schmidhuber, "Long short-term memory", 1997, with the forget gate of
    Gers, Schmidhuber and Cummins, "Learning to forget", 2000.
    """

    axes = ("(batch, frames, features)",)
    at_least_one = ("frames",)

    def inner_loop(
        self, sequences: Any, initial_state: Any, mask: Any, training: bool = False
    ) -> Any:
        if not self.is_fast(mask, training):
            return super().inner_loop(sequences, initial_state, mask, training=training)
        x = ops.transpose(sequences, (1, 0, 2))  # (frames, batch, features)
        h, c = initial_state
        outputs, h, c = self.time_major(x, h, c, training)
        if self.go_backwards:  # Keras returns a reversed sequence in the order it was read
            outputs = ops.flip(outputs, axis=0)
        return h, ops.transpose(outputs, (1, 0, 2)), [h, c]

    def initial_state(self, shape: Any) -> dict[str, Any]:
        """The state of a stream (batch, frames, features) at its start."""
        return {name: zeros(self, shape[0], self.cell.units) for name in ("h", "c")}

    def step(self, inputs: Any, state: dict[str, Any], valid: Any = None) -> Any:
        """Outputs of the next frames of a stream, (batch, frames, units), and the state after them.

        Frames that are not `valid` come first, and leave the state as it is, zero.
        """
        cell = self.cell
        gates = ops.matmul(inputs, cell.kernel)
        if cell.use_bias:
            gates = ops.add(gates, cell.bias)
        if valid is not None:  # else nothing enters the state, and nothing comes out
            shut = np.repeat([SHUT, 0.0, 0.0, SHUT], cell.units)
            gates = ops.where(valid[:, :, None], gates, ops.cast(shut, gates.dtype))
        kernel = ops.convert_to_tensor(cell.recurrent_kernel)
        h, c = state["h"], state["c"]
        if _backend.lstm is not None and not is_short(inputs):
            gates = ops.transpose(gates, (1, 0, 2))  # (frames, batch, 4 * units)
            outputs, h, c = _backend.lstm(gates, kernel, h, c)
            return ops.transpose(outputs, (1, 0, 2)), {"h": h, "c": c}
        outputs = []
        for frame in ops.unstack(gates, axis=1):
            i, f, g, o = ops.split(frame + ops.matmul(h, kernel), 4, axis=-1)
            c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
            h = ops.sigmoid(o) * ops.tanh(c)
            outputs.append(h)
        return ops.stack(outputs, axis=1), {"h": h, "c": c}

    def is_fast(self, mask: Any = None, training: bool = False) -> Any:
        """Whether the loop is ours."""
        return _backend.lstm is not None and fast_loop_applies(self, mask, training)

    def time_major(self, x: Any, h: Any = None, c: Any = None, training: bool = False) -> Any:
        """Outputs in the order of time and the last state, of x (frames, batch, features)."""
        cell = self.cell
        if h is None:
            h = c = ops.zeros((ops.shape(x)[1], cell.units), x.dtype)
        kernel, recurrent_kernel = map(ops.convert_to_tensor, (cell.kernel, cell.recurrent_kernel))
        if _backend.infer_lstm is not None and not training:
            bias = cell.bias if cell.use_bias else ops.zeros((4 * cell.units,), x.dtype)
            return _backend.infer_lstm(
                x, kernel, bias, recurrent_kernel, h, c, reverse=self.go_backwards
            )
        gates = ops.matmul(x, kernel)  # (frames, batch, 4 * units)
        if cell.use_bias:
            gates = ops.add(gates, cell.bias)
        return _backend.lstm(
            gates, recurrent_kernel, h, c, reverse=self.go_backwards, training=training
        )
