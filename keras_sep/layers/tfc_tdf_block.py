"""The block of TFC-TDF networks."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import keras
from keras import ops

from keras_sep._normalization_like import normalization_config, normalization_like
from keras_sep._scaled_uniform import fan_in_uniform, scaled_uniform
from keras_sep._validate import require_odd, require_positive_integers
from keras_sep.layers import _backend
from keras_sep.layers._axes import WithAxes
from keras_sep.layers.instance_normalization import InstanceNormalization

ROOT = math.sqrt(0.5)


@keras.saving.register_keras_serializable(package="keras_sep")
class TFCTDFBlock(WithAxes, keras.Layer):
    """Two convolutions over time and frequency, with dense layers along the bins between them.

    The convolutions (TFC, time-frequency convolutions) see the neighbourhood of every bin; the two
    dense layers (TDF, time-distributed fully connected) see all bins of a frame, through few. Each
    comes after a normalisation and an activation. The dense layers are residual, and a 1x1
    convolution of the input is added to the output. No layer has a bias.

    Args:
        filters: number of filters of both convolutions.
        bottleneck: ratio of the bins to the bins between the dense layers.
        kernel_size: kernel size of the convolutions, odd.
        normalization: layer of which every normalisation is a copy. Default:
            `InstanceNormalization(epsilon=1e-5)`.
        activation: activation before every convolution and dense layer; "gelu", "relu" or any other
            of Keras.

    Input shape:
        (batch, frames, bins, channels), the number of bins known.

    Output shape:
        (batch, frames, bins, filters)

    Example:

    >>> x = np.zeros((2, 11, 16, 3), "float32")
    >>> tuple(keras_sep.layers.TFCTDFBlock(filters=5)(x).shape)
    (2, 11, 16, 5)

    Reference: Kim, Lee and Jung, "Sound demixing challenge 2023: music demixing track technical
    report, TFC-TDF-UNet v3", 2023, figure 1.
    """

    axes = ("(batch, frames, bins, channels)",)
    at_least_one = ("batch", "frames")

    def __init__(
        self,
        filters: int,
        bottleneck: int = 4,
        kernel_size: int = 3,
        normalization: Any = None,
        activation: str | Callable[[Any], Any] | None = "gelu",
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        require_positive_integers(filters=filters, bottleneck=bottleneck)
        require_odd(kernel_size=kernel_size)
        self.filters = filters
        self.bottleneck = bottleneck
        self.kernel_size = kernel_size
        self.normalization = normalization_config(normalization)
        self.activation = keras.activations.get(activation)
        self.norm_1, self.norm_narrow, self.norm_wide, self.norm_2 = (
            normalization_like(
                normalization,
                partial(InstanceNormalization, epsilon=1e-5),
                name,
                dtype=self.dtype_policy,
            )
            for name in ("norm_1", "norm_narrow", "norm_wide", "norm_2")
        )
        self.conv_1, self.conv_2 = (
            keras.layers.Conv2D(
                filters,
                kernel_size,
                padding="same",
                use_bias=False,
                data_format="channels_last",
                kernel_initializer=fan_in_uniform(),
                dtype=self.dtype_policy,
                name=name,
            )
            for name in ("conv_1", "conv_2")
        )
        # GELU(x) = (h + h erf h) / sqrt 2 with h = x / sqrt 2: both factors are taken into weights,
        # two passes over the signal less
        self._scaled = self.activation is keras.activations.gelu and isinstance(
            self.norm_1, InstanceNormalization
        )

    def build(self, input_shape: Any) -> None:
        *outer, bins, features = input_shape
        if bins is None or bins < self.bottleneck:
            raise ValueError(
                f"The bins must be known, and at least `bottleneck`, {self.bottleneck}. "
                f"Received: input_shape={tuple(input_shape)}"
            )
        hidden = bins // self.bottleneck
        for name, shape, inputs in (
            ("narrow", (hidden, bins), bins),
            ("wide", (bins, hidden), hidden),
            ("shortcut", (features, self.filters), features),
        ):
            start = scaled_uniform(inputs, None)
            setattr(self, name, self.add_weight(shape=shape, initializer=start, name=name))
        for layer in (self.norm_1, self.conv_1):
            layer.build(input_shape)
        self.norm_wide.build((*outer, hidden, self.filters))
        for layer in (self.norm_narrow, self.norm_2, self.conv_2):
            layer.build((*outer, bins, self.filters))

    def call(self, inputs: Any, training: bool = False) -> Any:
        def mixed(x, kernel):  # bins of every frame, without moving an axis
            return _backend.shared_product(kernel, x)

        after = partial(self._after, training=training)
        x = after(self.norm_1, inputs, self.conv_1.convolution_op, self.conv_1.kernel)
        # (batch, frames, bins, filters), then (..., bins / bottleneck, filters)
        y = after(self.norm_narrow, x, mixed, self.narrow)
        x = x + after(self.norm_wide, y, mixed, self.wide)
        x = after(self.norm_2, x, self.conv_2.convolution_op, self.conv_2.kernel)
        return x + ops.matmul(inputs, self.shortcut)

    def _after(self, norm, x, product, kernel, training):
        """A product with `kernel` after normalisation and activation.

        A gradient keeps `x` alone, and takes the rest again, half of a network's memory.
        """

        def whole(x, kernel):
            if not self._scaled:
                return product(self.activation(norm(x)), kernel)
            return product(_backend.root_gelu(norm.times(ROOT, x)), kernel * ROOT)

        again = training and self._scaled  # other normalisations may update their averages
        return (keras.remat(whole) if again else whole)(x, ops.convert_to_tensor(kernel))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape[:3], self.filters)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "bottleneck": self.bottleneck,
            "kernel_size": self.kernel_size,
            "normalization": self.normalization,
            "activation": keras.activations.serialize(self.activation),
        }
