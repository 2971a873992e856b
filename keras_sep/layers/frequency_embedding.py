"""A learned vector for every frequency."""

from typing import Any

import keras
from keras import ops

from keras_sep._validate import require_numbers_from_zero, require_positive_numbers
from keras_sep.layers._axes import WithAxes


@keras.saving.register_keras_serializable(package="keras_sep")
class FrequencyEmbedding(WithAxes, keras.Layer):
    """Add a learned vector to the features of every bin.

    Convolutions along frequency treat all bins alike; with this they can tell them apart. The
    vectors start smooth: running sums of normal numbers, each divided by the square root of their
    count.

    Args:
        weight: weight of the vectors in the sum.
        scale: factor of the learned numbers, and so of their learning rate.

    Input shape:
        (batch, frames, bins, features)

    Output shape:
        The input's.

    Example:

    >>> x = np.zeros((1, 7, 5, 3), "float32")
    >>> y = keras_sep.layers.FrequencyEmbedding()(x)
    >>> tuple(y.shape), bool(np.all(y[:, 0] == y[:, 6])), bool(np.all(y[:, :, 0] == y[:, :, 1]))
    ((1, 7, 5, 3), True, False)

    Reference: Isik et al., "PoCoNet: better speech enhancement with frequency-positional
    embeddings, semi-supervised conversational data, and biased loss", 2020, section 2.2; Défossez,
    "Hybrid spectrogram and waveform source separation", 2021, section 3.2.
    """

    axes = ("(batch, frames, bins, features)",)

    def __init__(self, weight: float = 0.2, scale: float = 10.0, **kwargs: Any):
        super().__init__(**kwargs)
        require_numbers_from_zero(weight=weight)
        require_positive_numbers(scale=scale)
        self.weight = weight
        self.scale = scale

    def build(self, input_shape: Any) -> None:
        self.embedding = self.add_weight(
            shape=tuple(input_shape[2:]), initializer=self._smooth, name="embedding"
        )

    def call(self, inputs: Any) -> Any:
        return inputs + self.embedding * (self.weight * self.scale)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "weight": self.weight, "scale": self.scale}

    def _smooth(self, shape, dtype=None):
        steps = keras.initializers.RandomNormal(stddev=1.0)(shape, dtype=dtype)
        count = ops.cast(ops.arange(1, shape[0] + 1), steps.dtype)[:, None]
        return ops.cumsum(steps, axis=0) / ops.sqrt(count) / self.scale
