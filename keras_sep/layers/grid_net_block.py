"""TF-GridNet's block: over the bins of a frame, over the frames of a bin, then over all frames."""

from typing import Any

import keras
from keras import ops

from keras_sep._part import part
from keras_sep._validate import require_positive_integers
from keras_sep.layers._attention import attention
from keras_sep.layers._axes import WithAxes
from keras_sep.layers._layer_normalized import layer_normalized
from keras_sep.layers._unfolded_recurrence import UnfoldedRecurrence


@keras.saving.register_keras_serializable(package="keras_sep")
class GridNetBlock(WithAxes, keras.Layer):
    """TF-GridNet's block: LSTMs over the bins and over the frames, then attention to all frames.

    Three residual modules. LSTMs in both directions read the normalised bins of each frame, then
    the frames of each bin; they read `kernel_size` of them at a time, every `stride`. In the last,
    frames attend to each other, each by features of all its bins. Not `DualPathBlock`, which has no
    attention and reads one step at a time.

    Args:
        units: size of the recurrent state in each direction.
        heads: number of attention heads; must divide the number of features.
        query_size: features of each bin in the queries and the keys of a head. Default 8.
        kernel_size: bins, or frames, that an LSTM reads at a time. Default 4.
        stride: bins, or frames, from one reading to the next; at most `kernel_size`. Default 1.

    Input shape:
        (batch, frames, bins, features), the number of bins known

    Output shape:
        The input's.

    Example:

    >>> block = keras_sep.layers.GridNetBlock(units=7, heads=2, query_size=3)
    >>> tuple(block(np.zeros((2, 11, 5, 6), "float32")).shape)
    (2, 11, 5, 6)

    Reference: Wang et al., "TF-GridNet: integrating full- and sub-band modeling for speech
    separation", 2023, section III.
    """

    axes = ("(batch, frames, bins, features)",)
    at_least_one = ("frames",)

    def __init__(
        self,
        units: int,
        heads: int,
        query_size: int = 8,
        kernel_size: int = 4,
        stride: int = 1,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        require_positive_integers(
            units=units, heads=heads, query_size=query_size, kernel_size=kernel_size, stride=stride
        )
        if stride > kernel_size:
            raise ValueError(
                "`stride` must be at most `kernel_size`. "
                f"Received: stride={stride}, kernel_size={kernel_size}"
            )
        self.units = units
        self.heads = heads
        self.query_size = query_size
        self.kernel_size = kernel_size
        self.stride = stride
        shared = (units, kernel_size, stride)
        self.over_bins = UnfoldedRecurrence(*shared, dtype=self.dtype_policy, name="over_bins")
        self.over_frames = UnfoldedRecurrence(*shared, dtype=self.dtype_policy, name="over_frames")

    def build(self, input_shape: Any) -> None:
        *_, bins, features = input_shape
        if bins is None or features % self.heads:
            raise ValueError(
                "The input must have a known number of bins, and features that `heads` divides. "
                f"Received: input_shape={tuple(input_shape)}, heads={self.heads}"
            )
        self.over_bins.build((None, None, features))
        self.over_frames.build((None, None, features))

        def projection(name, size, heads=self.heads):
            layer = HeadProjection(bins, heads, size, dtype=self.dtype_policy, name=name)
            layer.build((None, None, bins, features))
            return layer

        self.query = projection("query", self.query_size)
        self.key = projection("key", self.query_size)
        self.value = projection("value", features // self.heads)
        self.projection = projection("projection", features, heads=1)

    def call(self, inputs: Any, training: bool = False) -> Any:
        batch, frames, bins, features = ops.shape(inputs)
        reach = self.kernel_size - self.stride
        sides = [(reach, reach + (self.stride - reach - size) % self.stride)
                 for size in (frames, bins)]  # fmt: skip
        x = ops.pad(inputs, ((0, 0), *sides, (0, 0)))
        _, long, wide, _ = ops.shape(x)

        x = ops.reshape(ops.transpose(x, (2, 0, 1, 3)), (wide, batch * long, features))
        x = self.over_bins(x, training=training)
        x = ops.transpose(ops.reshape(x, (wide, batch, long, features)), (2, 1, 0, 3))
        x = self.over_frames(ops.reshape(x, (long, batch * wide, features)), training=training)
        x = ops.transpose(ops.reshape(x, (long, batch, wide, features)), (1, 0, 2, 3))
        x = part(part(x, 1, reach, reach + frames), 2, reach, reach + bins)

        query_key_value = tuple(
            ops.reshape(
                ops.transpose(layer(x), (0, 3, 1, 2, 4)),
                (batch, self.heads, frames, bins * layer.size),
            )
            for layer in (self.query, self.key, self.value)
        )
        scores = self.heads * frames * frames
        # (batch, frames, heads, bins * features / heads)
        found = attention(lambda *parts: parts, query_key_value, scores)
        found = ops.reshape(found, (batch, frames, self.heads, bins, features // self.heads))
        found = ops.reshape(ops.transpose(found, (0, 1, 3, 2, 4)), (batch, frames, bins, features))
        return x + ops.squeeze(self.projection(found), axis=3)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "heads": self.heads,
            "query_size": self.query_size,
            "kernel_size": self.kernel_size,
            "stride": self.stride,
        }


class HeadProjection(keras.Layer):
    """A dense layer, a leaky ReLU and a normalisation of each frame, head by head.

    Args:
        bins: number of bins.
        heads: number of heads, each of which has a slope of the ReLU to learn.
        size: features of a bin in a head.
    """

    def __init__(self, bins: int, heads: int, size: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.bins = bins
        self.heads = heads
        self.size = size

    def build(self, input_shape: Any) -> None:
        self.dense = keras.layers.Dense(
            self.heads * self.size, dtype=self.dtype_policy, name="dense"
        )
        self.dense.build((None, input_shape[-1]))
        self.alpha = self.add_weight(
            shape=(self.heads, 1), initializer=keras.initializers.Constant(0.25), name="alpha"
        )
        shape = (self.bins, self.heads, self.size)
        self.gamma = self.add_weight(shape=shape, initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=shape, initializer="zeros", name="beta")

    def call(self, inputs: Any) -> Any:
        """(batch, frames, bins, heads, size) of (batch, frames, bins, features)."""
        batch, frames, bins, features = ops.shape(inputs)
        # as a matrix: TensorFlow's CPU adds the bias in the same pass
        x = self.dense(ops.reshape(inputs, (-1, features)))
        x = ops.reshape(x, (batch, frames, bins, self.heads, self.size))
        x = ops.maximum(x, 0.0) + self.alpha * ops.minimum(x, 0.0)
        return ops.cast(layer_normalized(x, axis=(2, 4)), x.dtype) * self.gamma + self.beta
