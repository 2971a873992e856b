"""Attention that learns how far to look."""

import math
from typing import Any

import keras
from keras import ops

from keras_sep._scaled_uniform import scaled_uniform_starts
from keras_sep._validate import require_numbers_from_zero, require_positive_integers
from keras_sep.layers._axes import WithAxes
from keras_sep.layers._softmax import softmax


@keras.saving.register_keras_serializable(package="keras_sep")
class LocalAttention(WithAxes, keras.Layer):
    """Attention over time whose scores fall with distance, at a rate that each frame chooses.

    Every frame computes, beside its query, a few numbers between 0 and 1/2 that set the rate. It
    never attends to itself; there is a residual connection, and no positional encoding.

    Args:
        heads: number of attention heads; must divide the features.
        decays: number of slopes that every frame weights, 1, 2, ... times a unit.
        rescale: rescaling of the initial weights, see `CompressedResidual`.

    Input shape:
        (batch, frames, features)

    Output shape:
        The input's.

    Example:

    >>> x = np.zeros((2, 101, 8), "float32")
    >>> tuple(keras_sep.layers.LocalAttention(heads=4)(x).shape)
    (2, 101, 8)

    Reference: Défossez, "Hybrid spectrogram and waveform source separation", 2021, section 3.3.
    """

    axes = ("(batch, frames, features)",)
    at_least_one = ("frames", "features")

    def __init__(
        self, heads: int = 4, decays: int = 4, rescale: float | None = None, **kwargs: Any
    ):
        super().__init__(**kwargs)
        require_positive_integers(heads=heads, decays=decays)
        require_numbers_from_zero(or_none=True, rescale=rescale)
        self.heads = heads
        self.decays = decays
        self.rescale = rescale

    def build(self, input_shape: Any) -> None:
        features = input_shape[-1]
        if features % self.heads:
            raise ValueError(
                "`heads` must divide the features. "
                f"Received: heads={self.heads}, input_shape={tuple(input_shape)}"
            )

        def dense(name, units, **starts):
            starts = scaled_uniform_starts(features, self.rescale) | starts
            layer = keras.layers.Dense(units, dtype=self.dtype_policy, name=name, **starts)
            layer.build(input_shape)
            return layer

        self.query = dense("query", features)
        # a bias would add the same to all scores of a query, which the softmax takes away
        self.key = dense("key", features, use_bias=False)
        self.content = dense("content", features)
        self.projection = dense("projection", features)
        # wide windows to begin with; the paper's code rescales this bias too
        self.decay = dense(
            "decay",
            self.heads * self.decays,
            kernel_initializer=keras.initializers.RandomUniform(-0.01, 0.01),
            bias_initializer=keras.initializers.Constant(-2.0),
        )

    def call(self, inputs: Any) -> Any:
        batch, frames, features = ops.shape(inputs)
        size = features // self.heads

        def by_head(x):
            x = ops.reshape(x, (batch, frames, self.heads, -1))
            return ops.transpose(x, (0, 2, 1, 3))  # (batch, heads, frames, ...)

        query = by_head(self.query(inputs)) * (1 / math.sqrt(size))
        key, content = by_head(self.key(inputs)), by_head(self.content(inputs))
        scores = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2)))
        wanted = ops.sigmoid(by_head(self.decay(inputs))) / 2
        units = ops.cast(ops.arange(1, self.decays + 1), wanted.dtype) / math.sqrt(self.decays)
        slope = ops.sum(wanted * units, axis=-1, keepdims=True)  # (batch, heads, frames, 1)
        time = ops.arange(frames)
        distance = ops.abs(time[:, None] - time[None])
        scores = scores - slope * ops.cast(distance, scores.dtype)
        scores = ops.where(distance == 0, ops.cast(-100.0, scores.dtype), scores)
        found = ops.matmul(softmax(scores), content)
        found = ops.reshape(ops.transpose(found, (0, 2, 1, 3)), (batch, frames, features))
        return inputs + self.projection(found)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "heads": self.heads,
            "decays": self.decays,
            "rescale": self.rescale,
        }
