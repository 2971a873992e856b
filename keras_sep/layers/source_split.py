"""From the features of a mixture to features of each source."""

from typing import Any

import keras
from keras import ops

from keras_sep._validate import require_positive_integers
from keras_sep.layers._axes import WithAxes
from keras_sep.layers.global_layer_normalization import GlobalLayerNormalization


@keras.saving.register_keras_serializable(package="keras_sep")
class SourceSplit(WithAxes, keras.Layer):
    """Features of each source from those of the mixture: a gated dense layer and another.

    The features of every source are then normalised over frames and features. Not masks: nothing is
    multiplied with them.

    Args:
        sources: number of sources.

    Input shape:
        (batch, frames, features)

    Output shape:
        (batch, sources, frames, features)

    Example:

    >>> tuple(keras_sep.layers.SourceSplit(3)(np.zeros((2, 101, 16), "float32")).shape)
    (2, 3, 101, 16)

    Reference: Shin et al., "Separate and reconstruct: asymmetric encoder-decoder for speech
    separation", 2024, section 3, its speaker split.
    """

    axes = ("(batch, frames, features)",)
    at_least_one = ("frames",)

    def __init__(self, sources: int, **kwargs: Any):
        super().__init__(**kwargs)
        require_positive_integers(sources=sources)
        self.sources = sources

    def build(self, input_shape: Any) -> None:
        features = input_shape[-1]
        wide = self.sources * features
        self.gating = keras.layers.Dense(4 * wide, dtype=self.dtype_policy, name="gating")
        self.gating.build(input_shape)
        self.splitting = keras.layers.Dense(wide, dtype=self.dtype_policy, name="splitting")
        self.splitting.build((None, None, 2 * wide))
        self.norm = GlobalLayerNormalization(dtype=self.dtype_policy, name="norm")
        self.norm.build(input_shape)

    def call(self, inputs: Any) -> Any:
        batch, frames, features = ops.shape(inputs)
        # as a matrix, so that TensorFlow's CPU fuses product and bias
        x = self.splitting(ops.glu(self.gating(ops.reshape(inputs, (-1, features))), axis=-1))
        x = ops.reshape(x, (batch, frames, self.sources, features))
        x = ops.reshape(ops.swapaxes(x, 1, 2), (-1, frames, features))
        return ops.reshape(self.norm(x), (batch, self.sources, frames, features))

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, frames, features = input_shape
        return (batch, self.sources, frames, features)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "sources": self.sources}
