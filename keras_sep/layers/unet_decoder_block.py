"""One step up a U-Net on spectrograms."""

from collections.abc import Callable
from typing import Any

import keras

from keras_sep._validate import require_positive_integers, require_rates
from keras_sep.layers._axes import WithAxes


@keras.saving.register_keras_serializable(package="keras_sep")
class UNetDecoderBlock(WithAxes, keras.Layer):
    """Transposed 2-D convolution, batch normalisation, activation and dropout.

    It doubles frames and bins; `CropConcatenate` then concatenates the encoder's output of that
    size. It ignores masks: batch examples of equal length.

    Args:
        filters: number of filters of the convolution.
        kernel_size: frames and bins that each input affects, one number or two.
        strides: frames and bins from one input to the next, one number or two.
        activation: activation of the output.
        dropout: fraction of the outputs dropped in training; the paper's first three of six
            decoder blocks drop half.
        seed: seed of the dropout.

    Input shape:
        (batch, frames, bins, channels)

    Output shape:
        (batch, frames * strides, bins * strides, filters)

    Example:

    >>> half = keras_sep.layers.UNetEncoderBlock(16)(np.zeros((1, 128, 512, 2), "float32"))
    >>> quarter = keras_sep.layers.UNetEncoderBlock(32)(half)
    >>> up = keras_sep.layers.UNetDecoderBlock(16, dropout=0.5)(quarter)
    >>> tuple(keras_sep.layers.CropConcatenate()([up, half]).shape)
    (1, 64, 256, 32)

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
        activation: str | Callable[[Any], Any] | None = "relu",
        dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        require_positive_integers(filters=filters)
        require_rates(dropout=dropout)
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.activation = keras.activations.get(activation)
        self.dropout = dropout
        self.seed = seed
        self.convolution = keras.layers.Conv2DTranspose(
            filters,
            kernel_size,
            strides=strides,
            padding="same",
            dtype=self.dtype_policy,
            name="convolution",
        )
        self.norm = keras.layers.BatchNormalization(dtype=self.dtype_policy, name="norm")
        self.dropped = keras.layers.Dropout(
            dropout, seed=seed, dtype=self.dtype_policy, name="dropout"
        )

    def build(self, input_shape: Any) -> None:
        self.convolution.build(input_shape)
        shape = self.compute_output_shape(input_shape)
        self.norm.build(shape)
        self.dropped.build(shape)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        x = self.convolution(inputs)  # (batch, frames * 2, bins * 2, filters)
        x = self.activation(self.norm(x, training=training))
        return self.dropped(x, training=training)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(self.convolution.compute_output_shape(input_shape))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "activation": keras.activations.serialize(self.activation),
            "dropout": self.dropout,
            "seed": self.seed,
        }
