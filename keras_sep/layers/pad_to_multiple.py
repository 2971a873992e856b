"""Zeros after a signal, up to a length that strides divide."""

from typing import Any

import keras
from keras import ops

from keras_sep._validate import require_integers_from, require_positive_integers
from keras_sep.layers._axes import WithAxes
from keras_sep.ops import without_padding


@keras.saving.register_keras_serializable(package="keras_sep")
class PadToMultiple(WithAxes, keras.Layer):
    """Zero-pad a signal at its end to a multiple of a number, or to some more than that.

    For networks that halve the time steps several times. `FitLength` crops their output to the
    original length.

    Args:
        multiple: number that will divide the length, or the length minus the remainder.
        remainder: what is left of the length then, less than `multiple`. Default 0.

    Call arguments:
        inputs: (batch, time, ...).
        mask: (batch, time), True for real time steps. An example counts as far as it would if it
            were padded alone.

    Output shape:
        (batch, multiple * ceil((time - remainder) / multiple) + remainder, ...)

    Example:

    >>> tuple(keras_sep.layers.PadToMultiple(8)(np.ones((2, 17, 3), "float32")).shape)
    (2, 24, 3)
    """

    axes = ("(batch, time, ...)",)

    def __init__(self, multiple: int, remainder: int = 0, **kwargs: Any):
        super().__init__(**kwargs)
        require_positive_integers(multiple=multiple)
        require_integers_from(0, remainder=remainder)
        if remainder >= multiple:
            raise ValueError(
                "`remainder` must be less than `multiple`. "
                f"Received: remainder={remainder}, multiple={multiple}"
            )
        self.multiple = multiple
        self.remainder = remainder
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        x = without_padding(inputs, mask)
        missing = self._missing(ops.shape(x)[1])
        return ops.pad(x, ((0, 0), (0, missing), *[(0, 0)] * (len(x.shape) - 2)))

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        if previous_mask is None:
            return None
        mask = ops.repeat(previous_mask[:, self.remainder :: self.multiple], self.multiple, axis=1)
        first = previous_mask[:, :1] if self.remainder else previous_mask[:, :0]
        return ops.concatenate([ops.repeat(first, self.remainder, axis=1), mask], axis=1)

    def _missing(self, time):
        return (self.remainder - time) % self.multiple

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, time, *rest = input_shape
        return (batch, None if time is None else time + self._missing(time), *rest)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "multiple": self.multiple,
            "remainder": self.remainder,
        }
