"""The skip connection of a U-Net, whatever the two sizes."""

from typing import Any

import keras
from keras import ops

from keras_sep._part import part
from keras_sep._sizes import smaller
from keras_sep.layers._axes import WithAxes


@keras.saving.register_keras_serializable(package="keras_sep")
class CropConcatenate(WithAxes, keras.Layer):
    """Crop two tensors centrally to their common size, and concatenate their features.

    On every axis between batch and features the longer is cropped to the shorter; an odd excess
    takes one more off the end. Sizes may be unknown until the model runs. It ignores masks: batch
    examples of equal length.

    Input shape:
        A list of two: (batch, time, ..., features), such as a decoder's output and the encoder's
        of that size. Their features may differ in number.

    Output shape:
        (batch, time, ..., features), the first input's features before the second's.

    Example:

    >>> x, skip = np.zeros((1, 7, 3), "float32"), np.zeros((1, 10, 2), "float32")
    >>> tuple(keras_sep.layers.CropConcatenate()([x, skip]).shape)
    (1, 7, 5)

    Reference: Stoller et al., "Wave-U-Net: a multi-scale neural network for end-to-end audio source
    separation", 2018, section 3.1.
    """

    axes = ("(batch, time, ..., features)",)

    def build(self, input_shape: Any) -> None:
        if len(input_shape) != 2 or len(input_shape[0]) != len(input_shape[1]):
            raise ValueError(
                "The input must be a list of two tensors with the same number of axes. "
                f"Received: input_shape={input_shape}"
            )

    def call(self, inputs: Any) -> Any:
        sizes = [ops.shape(x) for x in inputs]
        for axis in range(1, len(sizes[0]) - 1):
            length = smaller(*(size[axis] for size in sizes))
            inputs = [_cropped(x, axis, length) for x in inputs]
        return ops.concatenate(inputs, axis=-1)

    def compute_output_shape(self, input_shape: Any) -> Any:
        first, second = input_shape
        sizes = zip(first[1:-1], second[1:-1], strict=True)
        inner = (None if None in pair else min(pair) for pair in sizes)
        return (first[0], *inner, first[-1] + second[-1])


def _cropped(x, axis: int, length):
    """The middle `length` of an axis."""
    start = (ops.shape(x)[axis] - length) // 2
    return part(x, axis, start, start + length)
