"""What the normalisations of a learned representation share."""

from typing import Any

import keras

from keras_sep._validate import require_positive_numbers
from keras_sep.layers._axes import WithAxes
from keras_sep.ops import in_float32


class Normalization(WithAxes, keras.Layer):
    """A layer that normalises in float32 at least, then scales and shifts every feature.

    Subclasses write `call(self, inputs, mask=None)` with `_enter` at its start and `_leave` at its
    end.

    Args:
        epsilon: small number added to the variance before the square root.
    """

    axes = ("(batch, time, ..., features)",)

    def __init__(self, epsilon: float = 1e-8, **kwargs: Any):
        # squares overflow half precision, so the inputs are not cast down on the way in
        super().__init__(autocast=False, **kwargs)
        require_positive_numbers(epsilon=epsilon)
        self.epsilon = epsilon
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        features = input_shape[-1]
        if len(input_shape) < 3 or features is None:
            raise ValueError(
                "The input must be (batch, time, ..., features), the number of features known. "
                f"Received: input_shape={tuple(input_shape)}"
            )
        # not rounded to half precision on the way into a computation in float32
        self.gamma = self.add_weight(
            shape=(features,), initializer="ones", name="gamma", autocast=False
        )
        self.beta = self.add_weight(
            shape=(features,), initializer="zeros", name="beta", autocast=False
        )

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "epsilon": self.epsilon}

    def _enter(self, inputs):
        return in_float32(inputs)

    def _leave(self, centred, variance, gamma=None, beta=None):
        """The centred signal over its deviation, scaled and shifted, in the compute dtype."""
        gamma, beta = (
            keras.ops.cast(own if given is None else given, centred.dtype)
            for own, given in ((self.gamma, gamma), (self.beta, beta))
        )
        # the small factors first: one pass over the signal less
        scale = keras.ops.rsqrt(variance + self.epsilon) * gamma
        return keras.ops.cast(centred * scale + beta, self.compute_dtype)
