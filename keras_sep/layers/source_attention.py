"""Attention between the sources, frame by frame."""

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_sep._validate import require_positive_integers
from keras_sep.layers._scaled_residual import ScaledResidual, head_size


@keras.saving.register_keras_serializable(package="keras_sep")
class SourceAttention(ScaledResidual):
    """Attention of every source to all sources at the same frame, with a residual connection.

    Normalisation, attention, scale per feature. The order of the sources changes nothing but the
    order of the output's.

    Args:
        heads: number of attention heads; must divide the features.
        dropout: fraction of the attention weights and of the output that is dropped in training.
        initial_scale: initial value of the learned scale of every feature.
        seed: seed of the dropout.

    Input shape:
        (batch, sources, frames, features)

    Output shape:
        The input's.

    Example:

    >>> x = np.zeros((2, 3, 101, 16), "float32")
    >>> tuple(keras_sep.layers.SourceAttention(heads=4)(x).shape)
    (2, 3, 101, 16)

    Reference: Shin et al., "Separate and reconstruct: asymmetric encoder-decoder for speech
    separation", 2024, section 3, its cross-speaker block.
    """

    axes = ("(batch, sources, frames, features)",)

    def __init__(
        self,
        heads: int,
        dropout: float = 0.0,
        initial_scale: float = 1e-5,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(dropout, initial_scale, seed, **kwargs)
        require_positive_integers(heads=heads)
        self.heads = heads

    def build(self, input_shape: Any) -> None:
        features = input_shape[-1]
        self.head_size = head_size(self.heads, features)
        self.attended = self._normalized("attended", features, 3 * features)
        self.projection = self._scaled("projection", features, features)

    def call(self, inputs: Any, training: bool = False) -> Any:
        query, key, value = ops.split(self.attended(inputs), 3, axis=-1)
        # of a few sources, products of whole tensors are faster than many small ones of matrices
        to_heads = np.kron(np.eye(self.heads), np.ones((self.head_size, 1)))
        to_heads = ops.cast(ops.convert_to_tensor(to_heads), self.compute_dtype)
        query = ops.expand_dims(query * (1 / math.sqrt(self.head_size)), 2)
        key, value = ops.expand_dims(key, 1), ops.expand_dims(value, 1)
        # (batch, sources, sources, frames, heads), then features
        scores = ops.matmul(query * key, to_heads)
        weights = self.drop(ops.softmax(scores, axis=2), training=training)
        found = ops.sum(ops.matmul(weights, ops.transpose(to_heads)) * value, axis=2)
        return inputs + self.drop(self.projection(found), training=training)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "heads": self.heads}
