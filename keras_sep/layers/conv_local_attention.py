"""The convolution of SepReformer that takes the place of attention to neighbours."""

from typing import Any

import keras
from keras import ops

from keras_sep._scaled_uniform import scaled_uniform
from keras_sep._validate import require_odd
from keras_sep.layers import _backend
from keras_sep.layers._scaled_dense import as_sequences, product
from keras_sep.layers._scaled_residual import ScaledResidual


@keras.saving.register_keras_serializable(package="keras_sep")
class ConvLocalAttention(ScaledResidual):
    """A long depthwise convolution between gates, which sees the frames around each: CLA.

    Normalisation, dense layer and gate; depthwise convolution along the frames; dense layer to
    twice the features, batch normalisation, GELU; dense layer, scale per feature and residual
    connection. There are no scores: `LocalAttention` has them.

    Args:
        kernel_size: kernel size of the convolution, odd.
        dropout: fraction of the features dropped in training, at the end.
        initial_scale: initial value of the learned scale of every feature.
        seed: seed of the dropout.

    Input shape:
        (batch[, sources], frames, features)

    Output shape:
        The input's.

    Example:

    >>> x = np.zeros((2, 101, 16), "float32")
    >>> tuple(keras_sep.layers.ConvLocalAttention(kernel_size=9)(x).shape)
    (2, 101, 16)

    Reference: Shin et al., "Separate and reconstruct: asymmetric encoder-decoder for speech
    separation", 2024, section 3, its CLA.
    """

    def __init__(
        self,
        kernel_size: int = 65,
        dropout: float = 0.0,
        initial_scale: float = 1e-5,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(dropout, initial_scale, seed, **kwargs)
        require_odd(kernel_size=kernel_size)
        self.kernel_size = kernel_size

    def build(self, input_shape: Any) -> None:
        features = input_shape[-1]
        self.gating = self._normalized("gating", features, 2 * features)
        self.depthwise = self._layer(
            keras.layers.DepthwiseConv1D,
            "depthwise",
            features,
            kernel_size=self.kernel_size,
            padding="same",
            depthwise_initializer=scaled_uniform(self.kernel_size, None),
        )
        self.widening = self._layer(keras.layers.Dense, "widening", features, units=2 * features)
        self.norm = self._layer(
            keras.layers.BatchNormalization, "norm", 2 * features, momentum=0.9, epsilon=1e-5
        )
        self.narrowing = self._scaled("narrowing", 2 * features, features)

    def call(self, inputs: Any, training: bool = False) -> Any:
        x = self._convolved(ops.glu(self.gating(as_sequences(inputs)), axis=-1), training)
        x = self._widened(x, training)
        x = self.narrowing(_backend.gelu(x) if training else ops.gelu(x, approximate=False))
        return inputs + ops.reshape(self.drop(x, training=training), ops.shape(inputs))

    def _convolved(self, x, training):
        if not training or _backend.depthwise is None or _backend.has_gpu():
            return self.depthwise(x)
        kernel, bias = (ops.cast(w, x.dtype) for w in (self.depthwise.kernel, self.depthwise.bias))
        return _backend.depthwise(x, kernel) + bias

    def _widened(self, x, training):
        """The dense layer, normalised: outside training in one product."""
        if training:
            return self.norm(self.widening(x), training=training)
        kernel, bias, mean, variance, gamma, beta = (
            ops.cast(weight, self.variable_dtype)
            for weight in (
                *(self.widening.kernel, self.widening.bias),
                *(self.norm.moving_mean, self.norm.moving_variance),
                *(self.norm.gamma, self.norm.beta),
            )
        )
        factor = gamma * ops.rsqrt(variance + self.norm.epsilon)
        weights = kernel * factor, (bias - mean) * factor + beta
        return product(x, *(ops.cast(weight, self.compute_dtype) for weight in weights))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "kernel_size": self.kernel_size}
