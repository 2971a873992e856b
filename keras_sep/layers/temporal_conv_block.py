"""The convolution block of Conv-TasNet."""

from typing import Any

import keras

from keras_sep._normalization_like import (
    normalization_config,
    normalization_like,
    normalized,
)
from keras_sep._tails import extended, first_state, stepped
from keras_sep.layers._convolution_block import ConvolutionBlock
from keras_sep.layers.cumulative_layer_normalization import CumulativeLayerNormalization
from keras_sep.layers.global_layer_normalization import GlobalLayerNormalization
from keras_sep.ops import without_padding

NORMS = "norm_1", "norm_2"


@keras.saving.register_keras_serializable(package="keras_sep")
class TemporalConvBlock(ConvolutionBlock):
    """Conv-TasNet's block: a dilated depthwise convolution between two 1x1 convolutions.

    1x1 convolution, PReLU, normalisation, depthwise convolution, PReLU, normalisation, and two 1x1
    convolutions: one back to the width of the input, to which it is added, and one to the skip
    output. The caller sums the blocks' skip outputs. The length does not change.

    Args:
        filters: number of filters of the depthwise convolution, H in the paper.
        skip_filters: number of features of the skip output, Sc in the paper; None for no such
            output.
        kernel_size: kernel size of the depthwise convolution, P in the paper; odd unless causal.
        dilation: frames from one tap to the next.
        causal: whether to use past samples only.
        normalization: unbuilt layer that both normalisations copy; by default
            `CumulativeLayerNormalization()` when causal, else `GlobalLayerNormalization()`, as in
            the paper. The channel-wise one is `keras.layers.LayerNormalization(epsilon=1e-8)`.
        skip_only: whether to return the skip output alone, if nothing reads the other.

    Call arguments:
        inputs: (batch, time, features).
        mask: (batch, time), True for real time steps.

    Output shape:
        The sum of input and residual output, (batch, time, features), and the skip output,
        (batch, time, skip_filters); only the former without `skip_filters`, only the latter with
        `skip_only`.

    Example:

    >>> x, skips = np.zeros((2, 100, 16), "float32"), []
    >>> for dilation in (1, 2, 4, 8):
    ...     x, skip = keras_sep.layers.TemporalConvBlock(64, skip_filters=24, dilation=dilation)(x)
    ...     skips.append(skip)
    >>> tuple(x.shape), tuple(keras.layers.add(skips).shape)
    ((2, 100, 16), (2, 100, 24))

    Reference: Luo and Mesgarani, "Conv-TasNet: surpassing ideal time-frequency magnitude masking
    for speech separation", 2019, figure 1C.
    """

    def __init__(
        self,
        filters: int,
        skip_filters: int | None = None,
        kernel_size: int = 3,
        dilation: int = 1,
        causal: bool = False,
        normalization: Any = None,
        skip_only: bool = False,
        **kwargs: Any,
    ):
        super().__init__(
            filters, skip_filters, kernel_size, dilation, causal, True, skip_only, **kwargs
        )
        self.normalization = normalization_config(normalization, causal)
        self.expansion = self._pointwise(filters, "expansion")
        self.activation_1, self.activation_2 = (self._prelu(f"activation_{n}") for n in (1, 2))
        self.norm_1, self.norm_2 = (self._norm(f"norm_{n}") for n in (1, 2))
        # on TensorFlow's CPU faster than shifted products or a grouped convolution
        self.depthwise = keras.layers.DepthwiseConv1D(
            kernel_size, dilation_rate=dilation, dtype=self.dtype_policy, name="depthwise"
        )

    def build(self, input_shape: Any) -> None:
        self.expansion.build(input_shape)
        shape = (input_shape[0], None, self.filters)  # padded, it is longer than the input
        within = self.activation_1, self.norm_1, self.depthwise, self.activation_2, self.norm_2
        for layer in within:
            layer.build(shape)
        super().build(input_shape)

    def call(self, inputs: Any, mask: Any = None) -> Any:
        x = self.expansion(inputs)  # (batch, time, filters)
        x = normalized(self.norm_1, self.activation_1(x), mask)
        x = self.depthwise(self._padded(x, mask))
        x = normalized(self.norm_2, self.activation_2(x), mask)
        return self._outputs(inputs, x)

    def initial_state(self, shape: Any) -> dict[str, Any]:
        inner = (shape[0], None, self.filters)
        norms = {name: first_state(getattr(self, name), inner) for name in NORMS}
        return {**super().initial_state(shape), **norms}

    def step(self, inputs: Any, state: dict[str, Any], valid: Any = None) -> Any:
        """Outputs of the next time steps of a stream, and the state after them."""
        x = self.activation_1(self.expansion(inputs))
        x, norm_1 = stepped(self.norm_1, x, state["norm_1"], valid)
        x, tail = extended(state["tail"], without_padding(x, valid))
        x = self.activation_2(self.depthwise(x))
        x, norm_2 = stepped(self.norm_2, x, state["norm_2"], valid)
        return self._outputs(inputs, x), {"tail": tail, "norm_1": norm_1, "norm_2": norm_2}

    def _width(self, features: int) -> int:
        return self.filters

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "normalization": self.normalization}

    def _prelu(self, name: str):
        """One slope for everything."""
        return keras.layers.PReLU(
            alpha_initializer=keras.initializers.Constant(0.25),
            shared_axes=[1, 2],
            dtype=self.dtype_policy,
            name=name,
        )

    def _norm(self, name: str):
        default = CumulativeLayerNormalization if self.causal else GlobalLayerNormalization
        return normalization_like(self.normalization, default, name, self.dtype_policy)
