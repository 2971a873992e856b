"""What the residual blocks of SepReformer share."""

from typing import Any

import keras

from keras_sep._validate import require_numbers_from_zero, require_rates
from keras_sep.layers._axes import WithAxes
from keras_sep.layers._scaled_dense import NormalizedDense, ScaledDense


class ScaledResidual(WithAxes, keras.Layer):
    """A block that adds to its input what it makes of it, scaled by a learned scale per feature.

    Subclasses make their layers in `build` by `_layer`, and write `call`.

    Args:
        dropout: fraction of the features dropped in training.
        initial_scale: initial value of the learned scales.
        seed: seed of the dropout.
    """

    axes: tuple = ("(batch[, sources], frames, features)",)
    at_least_one = ("frames",)

    def __init__(self, dropout: float, initial_scale: float, seed: int | None, **kwargs: Any):
        super().__init__(**kwargs)
        require_rates(dropout=dropout)
        require_numbers_from_zero(initial_scale=initial_scale)
        self.dropout = dropout
        self.initial_scale = initial_scale
        self.seed = seed
        # one for all places: every call draws other numbers
        self.drop = keras.layers.Dropout(dropout, seed=seed, dtype=self.dtype_policy, name="drop")

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "dropout": self.dropout,
            "initial_scale": self.initial_scale,
            "seed": self.seed,
        }

    def _layer(self, kind: Any, name: str, features: int, **arguments: Any) -> Any:
        """A layer of this kind, built for so many features."""
        layer = kind(dtype=self.dtype_policy, name=name, **arguments)
        layer.build((None, None, features))
        return layer

    def _normalized(self, name: str, features: int, units: int, **arguments: Any) -> Any:
        return self._layer(NormalizedDense, name, features, units=units, **arguments)

    def _scaled(self, name: str, features: int, units: int) -> Any:
        scale = self.initial_scale
        return self._layer(ScaledDense, name, features, units=units, initial_scale=scale)


def head_size(heads: int, features: int) -> int:
    """Features of each head, which must divide all."""
    if features % heads:
        raise ValueError(
            f"`heads` must divide the features. Received: heads={heads}, {features} features"
        )
    return features // heads
