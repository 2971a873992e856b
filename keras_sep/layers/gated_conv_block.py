"""The convolution block of WaveNet."""

from typing import Any

import keras
from keras import ops

from keras_sep._tails import extended
from keras_sep.layers._convolution_block import ConvolutionBlock
from keras_sep.ops import without_padding


@keras.saving.register_keras_serializable(package="keras_sep")
class GatedConvBlock(ConvolutionBlock):
    """A dilated convolution with a tanh, times another with a sigmoid.

    Two 1x1 convolutions read the product: one back to the width of the input, to which it is added,
    and one to the skip output. The caller sums the blocks' skip outputs. The length does not
    change. Causal as in WaveNet, which generates, or not, as in networks that separate.

    Args:
        filters: number of filters of each of the two convolutions.
        skip_filters: number of features of the skip output; None for no such output.
        kernel_size: kernel size of the convolutions; odd unless causal.
        dilation: samples from one tap to the next.
        causal: whether to use past samples only.
        use_bias: whether every filter has a bias; the papers' have none.
        skip_only: whether to return the skip output alone, if nothing reads the other.

    Call arguments:
        inputs: (batch, time, features).
        mask: (batch, time), True for real time steps.

    Output shape:
        The sum of input and residual output, (batch, time, features), and the skip output,
        (batch, time, skip_filters); only the former without `skip_filters`, only the latter with
        `skip_only`.

    Example:

    >>> x = np.zeros((2, 1000, 16), "float32")
    >>> block = keras_sep.layers.GatedConvBlock(16, skip_filters=24, dilation=512)
    >>> x, skip = block(x)
    >>> tuple(x.shape), tuple(skip.shape)
    ((2, 1000, 16), (2, 1000, 24))

    Reference: van den Oord et al., "WaveNet: a generative model for raw audio", 2016, equation 2
    and figure 4; Rethage et al., "A Wavenet for speech denoising", 2018, for the form that is not
    causal; Lluis et al., "End-to-end music source separation: is it possible in the waveform
    domain?", 2019, for music.
    """

    def __init__(
        self,
        filters: int,
        skip_filters: int | None = None,
        kernel_size: int = 3,
        dilation: int = 1,
        causal: bool = False,
        use_bias: bool = False,
        skip_only: bool = False,
        **kwargs: Any,
    ):
        super().__init__(
            filters, skip_filters, kernel_size, dilation, causal, use_bias, skip_only, **kwargs
        )
        self.use_bias = use_bias
        # both convolutions in one: the former half of its filters is for tanh
        self.dilated = keras.layers.Conv1D(
            2 * filters,
            kernel_size,
            dilation_rate=dilation,
            use_bias=use_bias,
            dtype=self.dtype_policy,
            name="dilated",
        )

    def build(self, input_shape: Any) -> None:
        batch, _, features = input_shape
        self.dilated.build((batch, None, features))  # padded, it is longer than the input
        super().build(input_shape)

    def call(self, inputs: Any, mask: Any = None) -> Any:
        return self._convolved(inputs, self._padded(inputs, mask))

    def step(self, inputs: Any, state: dict[str, Any], valid: Any = None) -> Any:
        """Outputs of the next time steps of a stream, and the state after them."""
        x, tail = extended(state["tail"], without_padding(inputs, valid))
        return self._convolved(inputs, x), {"tail": tail}

    def _convolved(self, inputs, padded):
        x = self.dilated(padded)  # (batch, time, 2 * filters)
        signal, gate = ops.split(x, 2, axis=-1)
        return self._outputs(inputs, ops.tanh(signal) * ops.sigmoid(gate))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "use_bias": self.use_bias}
