"""Magnitudes to a power."""

from typing import Any

import keras

from keras_sep import ops
from keras_sep._validate import require_positive_numbers
from keras_sep.layers._spectral import SpectralLayer


@keras.saving.register_keras_serializable(package="keras_sep")
class PowerCompression(SpectralLayer):
    """|x| to a power, with the sign of x; for a pair the magnitude to a power, with its phase.

    The slope of a power below one is infinite at zero: values below 1e-8 are multiplied by a
    constant instead. `PowerCompression(1 / exponent)` is the inverse.

    Args:
        exponent: exponent of the power; the smaller, the less loud bins dominate.

    Input shape:
        Any, or a pair (real, imag) of one shape.

    Output shape:
        That shape, or a pair of it.

    Example:

    >>> x = keras_sep.layers.PowerCompression(0.5)(np.array([0.0, 0.25, 1.0, 100.0]))
    >>> np.round(x, 4).tolist(), np.round(keras_sep.layers.PowerCompression(2.0)(x), 4).tolist()
    ([0.0, 0.5, 1.0, 10.0], [0.0, 0.25, 1.0, 100.0])

    Reference: Wilson et al., "Exploring tradeoffs in models for low-latency speech enhancement",
    2018, for the exponent of 0.3.
    """

    axes = ("(...)",)

    def __init__(self, exponent: float = 0.3, **kwargs: Any):
        super().__init__(**kwargs)
        require_positive_numbers(exponent=exponent)
        self.exponent = exponent
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        return self._leave(ops.power_compression(self._enter(inputs), self.exponent))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "exponent": self.exponent}
