"""One step down a U-Net on spectrograms."""

from collections.abc import Callable
from typing import Any

import keras

from keras_sep._validate import require_positive_integers
from keras_sep.layers._axes import WithAxes


@keras.saving.register_keras_serializable(package="keras_sep")
class UNetEncoderBlock(WithAxes, keras.Layer):
    """Strided 2-D convolution, batch normalisation and activation.

    It halves frames and bins. It ignores masks: batch examples of equal length.
    Padding is Keras's "same"; PyTorch's `padding=2` is shifted by one if the size is even.

    Args:
        filters: number of filters of the convolution.
        kernel_size: frames and bins that the convolution covers, one number or two.
        strides: frames and bins from one output to the next, one number or two.
        activation: activation of the output; the default's slope below zero is 0.2.

    Input shape:
        (batch, frames, bins, channels)

    Output shape:
        (batch, ceil(frames / strides), ceil(bins / strides), filters)

    Example:

    >>> x = np.zeros((1, 128, 512, 2), "float32")
    >>> tuple(keras_sep.layers.UNetEncoderBlock(16)(x).shape)
    (1, 64, 256, 16)

    Reference: Jansson et al., "Singing voice separation with deep U-Net convolutional networks",
    2017, section 3.1 and figure 1.
    """

    axes = ("(batch, frames, bins, channels)",)
    at_least_one = ("batch", "frames")

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, int] = 5,
        strides: int | tuple[int, int] = 2,
        activation: str | Callable[[Any], Any] | None = "leaky_relu",
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        require_positive_integers(filters=filters)
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.activation = keras.activations.get(activation)
        self.convolution = keras.layers.Conv2D(
            filters,
            kernel_size,
            strides=strides,
            padding="same",
            dtype=self.dtype_policy,
            name="convolution",
        )
        self.norm = keras.layers.BatchNormalization(dtype=self.dtype_policy, name="norm")

    def build(self, input_shape: Any) -> None:
        self.convolution.build(input_shape)
        self.norm.build(self.compute_output_shape(input_shape))

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        x = self.convolution(inputs)  # (batch, frames / 2, bins / 2, filters)
        return self.activation(self.norm(x, training=training))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(self.convolution.compute_output_shape(input_shape))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "activation": keras.activations.serialize(self.activation),
        }
