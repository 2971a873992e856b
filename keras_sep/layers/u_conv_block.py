"""The convolution block of SuDoRM-RF."""

from typing import Any

import keras
from keras import ops

from keras_sep._part import part
from keras_sep._validate import require_odd, require_positive_integers
from keras_sep.layers._axes import WithAxes
from keras_sep.layers.global_layer_normalization import GlobalLayerNormalization
from keras_sep.ops import without_padding


@keras.saving.register_keras_serializable(package="keras_sep")
class UConvBlock(WithAxes, keras.Layer):
    """SuDoRM-RF's block: depthwise convolutions at several resolutions, summed.

    1x1 convolution, normalisation, PReLU; a depthwise convolution and `depth - 1` more that halve
    the time steps, each normalised; then from the shortest to the longest, each repeated to twice
    its length and added to the next; normalisation, PReLU, 1x1 convolution and a residual
    connection. The length does not change. All normalisations are over the whole example (gLN).

    Args:
        filters: number of filters of the depthwise convolutions.
        depth: number of resolutions, with the input's.
        kernel_size: kernel size of the depthwise convolutions, odd.
        improved: whether to build the authors' improved version: no normalisation after the last
            convolution or the residual connection, no PReLU after the latter, and one slope in the
            first PReLU instead of one per filter.

    Call arguments:
        inputs: (batch, time, features).
        mask: (batch, time), True for real time steps.

    Output shape:
        The input's.

    Example:

    >>> x = np.zeros((2, 101, 16), "float32")
    >>> tuple(keras_sep.layers.UConvBlock(64, depth=3)(x).shape)
    (2, 101, 16)

    Reference: Tzinis et al., "Sudo rm -rf: efficient networks for universal audio source
    separation", 2020, its U-ConvBlock; `improved` is that of their and asteroid's code.
    """

    axes = ("(batch, time, features)",)
    at_least_one = ("batch", "time")

    def __init__(
        self,
        filters: int,
        depth: int = 4,
        kernel_size: int = 5,
        improved: bool = False,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        require_positive_integers(filters=filters, depth=depth)
        require_odd(kernel_size=kernel_size)
        self.filters = filters
        self.depth = depth
        self.kernel_size = kernel_size
        self.improved = improved
        self.supports_masking = True
        self.expansion = self._layer(keras.layers.Dense, "expansion", units=filters)
        self.expansion_norm = self._layer(GlobalLayerNormalization, "expansion_norm")
        self.expansion_activation = self._prelu("expansion_activation", shared=improved)
        self.depthwise = [
            self._layer(
                keras.layers.DepthwiseConv1D,
                f"depthwise_{level}",
                kernel_size=kernel_size,
                strides=2 if level else 1,
            )
            for level in range(depth)
        ]
        self.norms = [
            self._layer(GlobalLayerNormalization, f"norm_{level}") for level in range(depth)
        ]
        self.sum_norm = self._layer(GlobalLayerNormalization, "sum_norm")
        self.sum_activation = self._prelu("sum_activation")
        if not improved:
            self.output_norm = self._layer(GlobalLayerNormalization, "output_norm")
            self.final_norm = self._layer(GlobalLayerNormalization, "final_norm")
            self.final_activation = self._prelu("final_activation")

    def build(self, input_shape: Any) -> None:
        wide = (*input_shape[:-1], self.filters)
        self.expansion.build(input_shape)
        inner = [self.expansion_norm, self.expansion_activation, *self.norms]
        for layer in (*inner, *self.depthwise, self.sum_norm, self.sum_activation):
            layer.build((input_shape[0], None, self.filters))
        # as wide as what it is added to
        self.contraction = self._layer(keras.layers.Dense, "contraction", units=input_shape[-1])
        self.contraction.build(wide)
        if not self.improved:
            for layer in (self.output_norm, self.final_norm, self.final_activation):
                layer.build(input_shape)

    def call(self, inputs: Any, mask: Any = None) -> Any:
        x = self.expansion_norm(self.expansion(inputs), mask=mask)  # (batch, time, filters)
        x = self._resolutions_summed(self.expansion_activation(x), mask)
        x = self.sum_activation(self.sum_norm(x, mask=mask))
        x = self.contraction(x)  # (batch, time, features)
        if self.improved:
            return inputs + x
        x = self.output_norm(x, mask=mask) + inputs
        return self.final_activation(self.final_norm(x, mask=mask))

    def _resolutions_summed(self, x, mask):
        reach = self.kernel_size // 2
        levels = []
        for level, (depthwise, norm) in enumerate(zip(self.depthwise, self.norms, strict=True)):
            x = ops.pad(without_padding(x, mask), ((0, 0), (reach, reach), (0, 0)))
            if level and mask is not None:
                mask = mask[:, ::2]
            x = norm(depthwise(x), mask=mask)  # (batch, ceil(time / 2 ** level), filters)
            levels.append(x)
        for longer in levels[-2::-1]:
            x = longer + part(ops.repeat(x, 2, axis=1), 1, 0, ops.shape(longer)[1])
        return x

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "depth": self.depth,
            "kernel_size": self.kernel_size,
            "improved": self.improved,
        }

    def _layer(self, kind, name: str, **arguments):
        return kind(dtype=self.dtype_policy, name=name, **arguments)

    def _prelu(self, name: str, shared: bool = False):
        """One slope a feature, or one for everything."""
        return self._layer(
            keras.layers.PReLU,
            name,
            alpha_initializer=keras.initializers.Constant(0.25),
            shared_axes=[1, 2] if shared else [1],
        )
