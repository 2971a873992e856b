"""Zeros after a signal that is too short."""

from typing import Any

import keras
from keras import ops

from keras_sep._sizes import larger
from keras_sep._validate import require_positive_integers
from keras_sep.layers._axes import WithAxes


@keras.saving.register_keras_serializable(package="keras_sep")
class PadToLength(WithAxes, keras.Layer):
    """Zero-pad a signal at its end to a length; a longer one is unchanged.

    For networks that expect the length they were trained on. `FitLength` crops their output.

    Args:
        minimum: length in time steps.

    Input shape:
        (batch, time, ...)

    Output shape:
        (batch, max(time, minimum), ...)

    Example:

    >>> tuple(keras_sep.layers.PadToLength(20)(np.ones((2, 17, 3), "float32")).shape)
    (2, 20, 3)
    """

    axes = ("(batch, time, ...)",)

    def __init__(self, minimum: int, **kwargs: Any):
        super().__init__(**kwargs)
        require_positive_integers(minimum=minimum)
        self.minimum = minimum

    def call(self, inputs: Any) -> Any:
        time = ops.shape(inputs)[1]
        missing = larger(self.minimum - time, 0)
        return ops.pad(inputs, ((0, 0), (0, missing), *[(0, 0)] * (len(inputs.shape) - 2)))

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, time, *rest = input_shape
        return (batch, None if time is None else max(time, self.minimum), *rest)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "minimum": self.minimum}
