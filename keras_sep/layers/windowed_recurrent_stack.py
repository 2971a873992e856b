"""Recurrent layers that start anew in every window of frames."""

from typing import Any

import keras
from keras import ops

from keras_sep._part import part
from keras_sep._sizes import smaller
from keras_sep._validate import require_positive_integers
from keras_sep.layers._axes import WithAxes
from keras_sep.layers.recurrent_stack import RecurrentStack
from keras_sep.ops import split_windows


@keras.saving.register_keras_serializable(package="keras_sep")
class WindowedRecurrentStack(WithAxes, keras.Layer):
    """A bidirectional `RecurrentStack` and a dense layer back to the number of features.

    With `window_length`, longer sequences are read in windows that overlap by half, all at once, so
    that the loop over time has at most `window_length` steps. The middle half of every window is
    kept, and the rest of the first and last at the ends of the signal. The last window is
    zero-padded.

    Args:
        layers: number of layers of the stack.
        window_length: frames in a window, a multiple of four; None for the whole sequence at once.
        residual: whether to add the input.

    Input shape:
        (batch, frames, features)

    Output shape:
        The input's.

    Example:

    >>> x = np.zeros((2, 501, 8), "float32")
    >>> stack = keras_sep.layers.WindowedRecurrentStack(layers=2, window_length=200)
    >>> tuple(stack(x).shape)
    (2, 501, 8)

    Reference: Défossez et al., "Music source separation in the waveform domain", 2019, section 4.1;
    Défossez, "Hybrid spectrogram and waveform source separation", 2021, section 3.3, for windows.
    """

    axes = ("(batch, frames, features)",)
    at_least_one = ("frames",)

    def __init__(
        self,
        layers: int = 2,
        window_length: int | None = None,
        residual: bool = False,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        require_positive_integers(layers=layers)
        if window_length is not None:
            require_positive_integers(window_length=window_length)
            if window_length % 4:
                raise ValueError(
                    "`window_length` must be a multiple of 4. "
                    f"Received: window_length={window_length}"
                )
        self.layers = layers
        self.window_length = window_length
        self.residual = residual

    def build(self, input_shape: Any) -> None:
        features = input_shape[-1]
        self.recurrent = RecurrentStack(
            features, self.layers, dtype=self.dtype_policy, name="recurrent"
        )
        self.dense = keras.layers.Dense(features, dtype=self.dtype_policy, name="dense")
        self.recurrent.build((None, None, features))
        self.dense.build((None, None, 2 * features))

    def call(self, inputs: Any, training: bool = False) -> Any:
        length = self.window_length
        x = inputs if length is None else _windows(inputs, length)
        x = self.dense(self.recurrent(x, training=training))
        if length is not None:
            x = _joined(x, length, ops.shape(inputs))
        return inputs + x if self.residual else x

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "layers": self.layers,
            "window_length": self.window_length,
            "residual": self.residual,
        }


def _windows(x, length: int):
    """(batch * windows, length or all frames if these are fewer, features)."""
    _, frames, features = ops.shape(x)
    hop = length // 2
    x = ops.pad(x, ((0, 0), (0, hop), (0, 0)))  # the last window may end beyond the signal
    x = split_windows(x, length, hop)
    x = part(part(x, 1, 0, _count(frames, length)), 2, 0, smaller(frames, length))
    return ops.reshape(x, (-1, smaller(frames, length), features))


def _joined(x, length: int, shape):
    """The middle halves of the windows, and of the first and last what is before and after."""
    batch, frames, features = shape
    width = smaller(frames, length)
    x = ops.reshape(x, (batch, _count(frames, length), width, features))
    edge = length // 4
    middle = part(x, 2, smaller(edge, width), smaller(3 * edge, width))
    kept = ops.shape(middle)[1] * ops.shape(middle)[2]
    middle = ops.reshape(middle, (batch, kept, features))
    x = ops.concatenate([x[:, 0, :edge], middle, x[:, -1, 3 * edge :]], axis=1)
    return part(x, 1, 0, frames)


def _count(frames, length: int):
    """Windows: one if it holds all frames, else one per hop."""
    counted = -(-frames // (length // 2))
    if isinstance(frames, int):
        return counted if frames > length else 1
    return ops.where(frames > length, counted, 1)
