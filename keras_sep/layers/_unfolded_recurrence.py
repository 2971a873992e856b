"""Recurrence over a sequence that is read several steps at a time."""

from typing import Any

import keras
from keras import ops

from keras_sep._part import part
from keras_sep.layers.recurrent_stack import RecurrentStack


class UnfoldedRecurrence(keras.Layer):
    """Residual LSTMs in both directions over (steps, sequences, features).

    Every `stride` steps, a frame of `kernel_size` normalised steps is read. A dense layer leads
    back to as many, which are added where frames overlap.

    Args:
        units: size of the state in each direction.
        kernel_size: steps that are read at a time.
        stride: steps from one reading to the next.
    """

    def __init__(self, units: int, kernel_size: int, stride: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.units = units
        self.kernel_size = kernel_size
        self.stride = stride
        self.recurrent = RecurrentStack(
            units, 1, time_major=True, dtype=self.dtype_policy, name="recurrent"
        )

    def build(self, input_shape: Any) -> None:
        features = input_shape[-1]
        frame = self.kernel_size * features
        # a bias of each step of a frame, or where frames overlap one of all
        alone = self.kernel_size == self.stride
        self.normalization = keras.layers.LayerNormalization(
            epsilon=1e-5, dtype=self.dtype_policy, name="normalization"
        )
        self.normalization.build(input_shape)
        self.recurrent.build((None, None, frame))
        self.dense = keras.layers.Dense(
            frame, use_bias=alone, dtype=self.dtype_policy, name="dense"
        )
        self.dense.build((None, 2 * self.units))
        self.bias = None
        if not alone:
            self.bias = self.add_weight(shape=(features,), initializer="zeros", name="bias")

    def call(self, inputs: Any, training: bool = False) -> Any:
        x = self._unfolded(self.normalization(inputs))
        x = self.recurrent(x, training=training)
        count, sequences, width = ops.shape(x)
        x = self.dense(ops.reshape(x, (-1, width)))
        x = self._folded(ops.reshape(x, (count, sequences, x.shape[-1])), inputs)
        return inputs + (x if self.bias is None else x + self.bias)

    def _unfolded(self, x):
        """Frames (count, sequences, kernel_size * features)."""
        steps, sequences, features = ops.shape(x)
        rows = -(-self.kernel_size // self.stride)
        count = (steps - self.kernel_size) // self.stride + 1
        blocks = count + rows - 1
        x = ops.pad(x, ((0, blocks * self.stride - steps), (0, 0), (0, 0)))
        x = ops.reshape(x, (blocks, self.stride, sequences, features))
        taps = [
            tap
            for row in range(rows)
            for tap in ops.unstack(part(x, 0, row, row + count), self.stride, axis=1)
        ]
        return ops.concatenate(taps[: self.kernel_size], axis=-1)

    def _folded(self, frames, like):
        """Frames summed to steps, as many as of another sequence."""
        steps, sequences, features = ops.shape(like)
        count = ops.shape(frames)[0]
        rows = -(-self.kernel_size // self.stride)
        missing = (rows * self.stride - self.kernel_size) * features
        x = ops.pad(frames, ((0, 0), (0, 0), (0, missing)))
        x = ops.reshape(x, (count, sequences, rows, self.stride, features))
        x = sum(
            ops.pad(x, ((row, rows - 1 - row), *[(0, 0)] * 3))
            for row, x in enumerate(ops.unstack(x, rows, axis=2))
        )
        x = ops.transpose(x, (0, 2, 1, 3))
        blocks = (count + rows - 1) * self.stride
        return part(ops.reshape(x, (blocks, sequences, features)), 0, 0, steps)
