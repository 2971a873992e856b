"""The convolution module of SCNet."""

from typing import Any

import keras
from keras import ops

from keras_sep._scaled_uniform import scaled_uniform
from keras_sep._validate import require_odd, require_positive_numbers
from keras_sep.layers._axes import WithAxes
from keras_sep.layers._layer_normalized import EPSILON
from keras_sep.ops import in_float32


@keras.saving.register_keras_serializable(package="keras_sep")
class CompressedConvBlock(WithAxes, keras.Layer):
    """Residual convolutions along time with few features, of each bin by itself.

    Normalisation, a convolution to `features / compression` features and as many for their gates, a
    gated linear unit, a depthwise convolution, normalisation, swish, and a 1x1 convolution back,
    which is added to the input. Both normalisations are over time and features of an example, in
    each bin separately: bins do not affect each other. `CompressedResidual`, of Demucs, normalises
    behind its convolutions, has no depthwise one and scales what it adds.

    Args:
        compression: Ratio of input features to inner features. Default 4.
        kernel_size: Kernel size of both convolutions in frames, odd. Default 3.

    Input shape:
        (batch, frames, bins, features)

    Output shape:
        The input's.

    Example:

    >>> x = np.zeros((2, 101, 5, 12), "float32")
    >>> tuple(keras_sep.layers.CompressedConvBlock()(x).shape)
    (2, 101, 5, 12)

    Reference: Tong et al., "SCNet: sparse compression network for music source separation", 2024,
    section 2.1; Gulati et al., "Conformer: convolution-augmented transformer for speech
    recognition", 2020, whose convolution module it is, compressed.
    """

    axes = ("(batch, frames, bins, features)",)
    at_least_one = ("batch", "frames")

    def __init__(self, compression: float = 4, kernel_size: int = 3, **kwargs: Any):
        super().__init__(**kwargs)
        require_positive_numbers(compression=compression)
        require_odd(kernel_size=kernel_size)
        self.compression = compression
        self.kernel_size = kernel_size

    def build(self, input_shape: Any) -> None:
        features = input_shape[-1]
        hidden = int(features / self.compression)
        if hidden < 1:
            raise ValueError(
                "`compression` must leave at least one feature. "
                f"Received: compression={self.compression}, input_shape={tuple(input_shape)}"
            )
        taps = self.kernel_size

        def convolution(number, *shape, inputs):
            bias_shape = (hidden,) if number == 2 else shape[-1:]
            return tuple(
                self.add_weight(
                    shape=shape, initializer=scaled_uniform(inputs, None), name=f"{name}_{number}"
                )
                for name, shape in (("kernel", shape), ("bias", bias_shape))
            )

        def norm(number, features):
            gamma = self.add_weight(shape=(features,), initializer="ones", name=f"gamma_{number}")
            beta = self.add_weight(shape=(features,), initializer="zeros", name=f"beta_{number}")
            return gamma, beta

        self.norm_1 = norm(1, features)
        self.gated = convolution(1, taps, features, 2 * hidden, inputs=taps * features)
        self.depthwise = convolution(2, taps, hidden, 1, inputs=taps)
        self.norm_2 = norm(2, hidden)
        self.widening = convolution(3, hidden, features, inputs=hidden)

    def call(self, inputs: Any) -> Any:
        x = self._normalized(inputs, *self.norm_1)
        kernel, bias = self.gated
        x = ops.conv(x, kernel[:, None], padding="same") + bias
        x = ops.glu(x, axis=-1)  # (batch, frames, bins, hidden)
        kernel, bias = self.depthwise
        x = ops.depthwise_conv(x, kernel[:, None], padding="same") + bias
        x = ops.silu(self._normalized(x, *self.norm_2))
        kernel, bias = self.widening
        # as a matrix, so that TensorFlow's CPU adds the bias in the same pass
        x = ops.matmul(ops.reshape(x, (-1, x.shape[-1])), kernel) + bias
        return inputs + ops.reshape(x, ops.shape(inputs))

    def _normalized(self, x, gamma, beta):
        """Normalised in two passes over x, once its statistics are known."""
        x = in_float32(x)
        mean = _mean(x)
        gamma, beta = (ops.cast(weight, x.dtype) for weight in (gamma, beta))
        scale = (
            ops.rsqrt(_mean(ops.square(x - mean)) + EPSILON) * gamma
        )  # (batch, 1, bins, features)
        return ops.cast(x * scale + (beta - mean * scale), self.compute_dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "compression": self.compression,
            "kernel_size": self.kernel_size,
        }


def _mean(x):
    """Over time and features, for each bin: (batch, 1, bins, 1)."""
    return ops.mean(ops.mean(x, axis=1, keepdims=True), axis=-1, keepdims=True)
