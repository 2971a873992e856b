"""Attention between averages of several frames."""

import math
from typing import Any

import keras
from keras import ops

from keras_sep._validate import require_positive_integers
from keras_sep.layers._scaled_dense import as_sequences
from keras_sep.layers._scaled_residual import ScaledResidual, head_size
from keras_sep.layers._softmax import softmax


@keras.saving.register_keras_serializable(package="keras_sep")
class PooledAttention(ScaledResidual):
    """Attention between averages of several frames, repeated to all frames and gated: EGA.

    The frames are averaged, `factor` at a time; the averages are normalised and attend to each
    other, with `RelativePositions`. What each finds, scaled by a learned scale per feature, is
    added to all frames that were averaged, times a gate of every frame's own.

    Args:
        heads: number of attention heads; must divide the features.
        factor: frames that are averaged.
        dropout: fraction of the attention weights and of the output that is dropped in training.
        initial_scale: initial value of the learned scale of every feature.
        seed: seed of the dropout.

    Call arguments:
        inputs: a pair, the frames and their `RelativePositions`.

    Input shape:
        (batch[, sources], frames, features), the frames a multiple of `factor`, and
        (frames / factor, features / heads, frames / factor).

    Output shape:
        That of the frames.

    Example:

    >>> x = np.zeros((2, 88, 16), "float32")
    >>> positions = keras_sep.layers.RelativePositions(4, factor=8)(x)
    >>> tuple(keras_sep.layers.PooledAttention(heads=4, factor=8)((x, positions)).shape)
    (2, 88, 16)

    Reference: Shin et al., "Separate and reconstruct: asymmetric encoder-decoder for speech
    separation", 2024, section 3, its EGA.
    """

    axes = (("(batch[, sources], frames, features)", "(frames, features, frames)"),)

    def __init__(
        self,
        heads: int,
        factor: int = 1,
        dropout: float = 0.0,
        initial_scale: float = 1e-5,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(dropout, initial_scale, seed, **kwargs)
        require_positive_integers(heads=heads, factor=factor)
        self.heads = heads
        self.factor = factor

    def build(self, input_shape: Any) -> None:
        features = input_shape[0][-1]
        self.head_size = head_size(self.heads, features)
        self.attended = self._normalized("attended", features, 3 * features)
        self.projection = self._scaled("projection", features, features)
        self.gate = self._normalized("gate", features, features, activation="sigmoid")

    def call(self, inputs: Any, training: bool = False) -> Any:
        frames, positions = inputs
        self._require_fit(tuple(frames.shape), tuple(positions.shape))
        x = as_sequences(frames)
        sequences, count, features = ops.shape(x)
        groups = (sequences, count // self.factor, self.factor, features)
        found = self._found(ops.mean(ops.reshape(x, groups), axis=2), positions, training)
        added = ops.reshape(self.gate(x), groups) * ops.expand_dims(found, 2)
        return frames + ops.reshape(added, ops.shape(frames))

    def _require_fit(self, frames, positions):
        """Raise unless the positions are of the averages of these frames, and of heads' length."""
        count, size = frames[-2], self.head_size
        averages = None if count is None else count / self.factor
        wanted = (averages, size, averages)
        if any(
            None not in pair and pair[0] != pair[1] for pair in zip(wanted, positions, strict=True)
        ):
            raise ValueError(
                f"The positions must be {size} numbers for each pair of averages of {self.factor} "
                f"frames. Received: frames {frames}, positions {positions}"
            )

    def _found(self, x, positions, training):
        """What every average finds among all: (sequences, averages, features)."""
        sequences, count, features = ops.shape(x)
        query, key, value = (
            ops.reshape(part, (sequences, count, self.heads, self.head_size))
            for part in ops.split(self.attended(x), 3, axis=-1)
        )
        query = query * (1 / math.sqrt(self.head_size))
        shape = (count, -1, self.head_size)
        by_position = ops.matmul(ops.reshape(ops.swapaxes(query, 0, 1), shape), positions)
        by_position = ops.reshape(
            ops.swapaxes(by_position, 0, 1), (sequences, self.heads, count, count)
        )
        query, value = (ops.transpose(part, (0, 2, 1, 3)) for part in (query, value))
        weights = softmax(ops.matmul(query, ops.transpose(key, (0, 2, 3, 1))) + by_position)
        found = ops.matmul(self.drop(weights, training=training), value)
        found = ops.reshape(ops.transpose(found, (0, 2, 1, 3)), (sequences, count, features))
        return self.drop(self.projection(found), training=training)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(input_shape[0])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "heads": self.heads, "factor": self.factor}
