"""Zeros after a signal, up to a length that strides divide."""

from typing import Any

import keras
from keras import ops

from keras_sep._validate import require_positive_integers
from keras_sep.layers._axes import WithAxes
from keras_sep.ops import without_padding


@keras.saving.register_keras_serializable(package="keras_sep")
class PadToMultiple(WithAxes, keras.Layer):
    """Zero-pad a signal at its end to a multiple of a number.

    For networks that halve the time steps several times. `FitLength` crops their output to the
    original length.

    Args:
        multiple: number that will divide the length.

    Call arguments:
        inputs: (batch, time, ...).
        mask: (batch, time), True for real time steps. An example counts as far as it would if it
            were padded alone.

    Output shape:
        (batch, multiple * ceil(time / multiple), ...)

    Example:

    >>> tuple(keras_sep.layers.PadToMultiple(8)(np.ones((2, 17, 3), "float32")).shape)
    (2, 24, 3)
    """

    axes = ("(batch, time, ...)",)

    def __init__(self, multiple: int, **kwargs: Any):
        super().__init__(**kwargs)
        require_positive_integers(multiple=multiple)
        self.multiple = multiple
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        x = without_padding(inputs, mask)
        missing = -ops.shape(x)[1] % self.multiple
        return ops.pad(x, ((0, 0), (0, missing), *[(0, 0)] * (len(x.shape) - 2)))

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        if previous_mask is None:
            return None
        return ops.repeat(previous_mask[:, :: self.multiple], self.multiple, axis=1)

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, time, *rest = input_shape
        return (batch, None if time is None else time + -time % self.multiple, *rest)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "multiple": self.multiple}
