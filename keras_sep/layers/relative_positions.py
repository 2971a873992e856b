"""Learned vectors of how far apart two frames are."""

from typing import Any

import keras
from keras import ops

from keras_sep._validate import require_positive_integers
from keras_sep.layers._axes import WithAxes


@keras.saving.register_keras_serializable(package="keras_sep")
class RelativePositions(WithAxes, keras.Layer):
    """A learned vector for each pair of frames, by how far apart they are.

    For `PooledAttention`; all attention of a network shares them. Not added to the frames, as
    `SinePositions` are: it reads no more than the length of its input.

    Args:
        size: length of the vectors, the features of a head.
        factor: input frames that are averaged into one.
        reach: averaged frames beyond which all distances are alike, in either direction.

    Input shape:
        (batch, frames, features), the frames a multiple of `factor`. The features are not read.

    Output shape:
        (frames / factor, size, frames / factor): for every frame, the vectors of all others. There
        is no batch.

    Example:

    >>> x = np.zeros((2, 88, 16), "float32")
    >>> tuple(keras_sep.layers.RelativePositions(5, factor=8)(x).shape)
    (11, 5, 11)

    Reference: Shaw, Uszkoreit and Vaswani, "Self-attention with relative position
    representations", 2018, equation 4.
    """

    axes = ("(batch, frames, features)",)
    at_least_one = ("frames",)

    def __init__(self, size: int, factor: int = 1, reach: int = 2000, **kwargs: Any):
        super().__init__(**kwargs)
        require_positive_integers(size=size, factor=factor, reach=reach)
        self.size = size
        self.factor = factor
        self.reach = reach

    def build(self, input_shape: Any) -> None:
        # a vector's variance is one, as in PyTorch
        self.table = self.add_weight(
            shape=(2 * self.reach, self.size),
            initializer=keras.initializers.RandomNormal(stddev=1.0),
            name="table",
        )

    def call(self, inputs: Any) -> Any:
        frames = ops.arange(ops.shape(inputs)[1] // self.factor, dtype="int32")
        apart = ops.expand_dims(frames, 1) - frames
        rows = ops.clip(apart, -self.reach, self.reach - 1) + self.reach
        return ops.transpose(ops.take(self.table, rows, axis=0), (0, 2, 1))

    def compute_output_shape(self, input_shape: Any) -> Any:
        frames = None if input_shape[1] is None else input_shape[1] // self.factor
        return (frames, self.size, frames)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "size": self.size,
            "factor": self.factor,
            "reach": self.reach,
        }
