"""Batches of unequal lengths."""

from typing import Any

import keras

from keras_sep.layers._axes import WithAxes


@keras.saving.register_keras_serializable(package="keras_sep")
class LengthMask(WithAxes, keras.Layer):
    """Mark how long each example of a padded batch is, for the layers and losses that follow.

    Padding is set to zero, and the Keras mask that marks it travels with the tensor: recurrent
    layers, normalisations and losses then ignore it.

    Input shape:
        A list of two: (batch, time, ...), and the lengths (batch,) in the unit of its time axis.

    Output shape:
        (batch, time, ...)

    Example:

    >>> x = np.ones((2, 3, 1), "float32")
    >>> y = keras_sep.layers.LengthMask()([x, np.array([1, 3])])
    >>> y.numpy()[..., 0].tolist()
    [[1.0, 0.0, 0.0], [1.0, 1.0, 1.0]]
    """

    axes = (("(batch, time, ...)", "(batch)"),)

    def __init__(self, **kwargs: Any):
        # lengths in half precision would be rounded
        super().__init__(autocast=False, **kwargs)

    def call(self, inputs: Any) -> Any:
        x, _ = inputs
        mask = self.compute_mask(inputs)
        mask = keras.ops.reshape(mask, (*keras.ops.shape(mask), *[1] * (len(x.shape) - 2)))
        return keras.ops.cast(keras.ops.where(mask, x, 0), self.compute_dtype)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        x, lengths = inputs
        one = keras.ops.ones_like(x[(..., *[0] * (len(x.shape) - 2))], dtype="int32")
        # counted, as while a graph is built nobody knows how many there will be
        return keras.ops.cumsum(one, axis=1) <= keras.ops.cast(lengths, "int32")[:, None]

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(input_shape[0])
