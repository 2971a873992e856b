"""A dense layer along the bins."""

from typing import Any

import keras
from keras import ops

from keras_sep._validate import require_positive_integers
from keras_sep.layers._axes import WithAxes


@keras.saving.register_keras_serializable(package="keras_sep")
class FrequencyDense(WithAxes, keras.Layer):
    """Dense layer along the bins of every frame and channel, with the same weights for all.

    `keras.layers.Dense` on the channels mixes the channels of a bin; this one mixes the bins of a
    channel. The channels stay last.

    Args:
        units: number of bins of the output.
        use_bias: whether to add a bias per bin of the output.

    Input shape:
        (batch, frames, bins, channels), the number of bins known.

    Output shape:
        (batch, frames, units, channels)

    Example:

    >>> x = np.zeros((2, 11, 16, 3), "float32")
    >>> tuple(keras_sep.layers.FrequencyDense(4)(x).shape)
    (2, 11, 4, 3)

    Reference: Choi et al., "Investigating U-Nets with various intermediate blocks for
    spectrogram-based singing voice separation", 2020, its time-distributed fully-connected layer.
    """

    axes = ("(batch, frames, bins, channels)",)

    def __init__(self, units: int, use_bias: bool = True, **kwargs: Any):
        super().__init__(**kwargs)
        require_positive_integers(units=units)
        self.units = units
        self.use_bias = use_bias

    def build(self, input_shape: Any) -> None:
        bins = input_shape[2]
        if bins is None:
            raise ValueError(
                f"The number of bins must be known. Received: input_shape={tuple(input_shape)}"
            )
        self.kernel = self.add_weight(shape=(self.units, bins), name="kernel")
        self.bias = (
            self.add_weight(shape=(self.units, 1), initializer="zeros", name="bias")
            if (self.use_bias)
            else None
        )

    def call(self, inputs: Any) -> Any:
        x = ops.matmul(self.kernel, inputs)  # of every frame, without moving an axis
        return x if self.bias is None else x + self.bias

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape[:2], self.units, input_shape[3])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units, "use_bias": self.use_bias}
