"""The gated feed-forward block of SepReformer, with a short convolution."""

from typing import Any

import keras
from keras import ops

from keras_sep._scaled_uniform import scaled_uniform
from keras_sep._validate import require_odd, require_positive_integers
from keras_sep.layers._scaled_dense import as_sequences
from keras_sep.layers._scaled_residual import ScaledResidual


@keras.saving.register_keras_serializable(package="keras_sep")
class GatedConvFeedForward(ScaledResidual):
    """The feed-forward half of a transformer block, with a convolution and a gate: GCFN.

    Normalisation, dense layer to `2 * expansion` times the features, depthwise convolution along
    the frames; half of that times the sigmoid of the other half; dense layer, scale per feature and
    residual connection. Sources, where there are any, are processed alike.

    Args:
        expansion: hidden features behind the gate for every feature.
        kernel_size: kernel size of the convolution, odd.
        dropout: fraction of the features dropped in training, after the gate and at the end.
        initial_scale: initial value of the learned scale of every feature.
        seed: seed of the dropout.

    Input shape:
        (batch[, sources], frames, features)

    Output shape:
        The input's.

    Example:

    >>> x = np.zeros((2, 101, 16), "float32")
    >>> tuple(keras_sep.layers.GatedConvFeedForward()(x).shape)
    (2, 101, 16)

    Reference: Shin et al., "Separate and reconstruct: asymmetric encoder-decoder for speech
    separation", 2024, section 3, its GCFN.
    """

    def __init__(
        self,
        expansion: int = 3,
        kernel_size: int = 3,
        dropout: float = 0.0,
        initial_scale: float = 1e-5,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(dropout, initial_scale, seed, **kwargs)
        require_positive_integers(expansion=expansion)
        require_odd(kernel_size=kernel_size)
        self.expansion = expansion
        self.kernel_size = kernel_size

    def build(self, input_shape: Any) -> None:
        features = input_shape[-1]
        hidden = self.expansion * features
        self.widening = self._normalized("widening", features, 2 * hidden)
        self.depthwise = self._layer(
            keras.layers.DepthwiseConv1D,
            "depthwise",
            2 * hidden,
            kernel_size=self.kernel_size,
            padding="same",
            depthwise_initializer=scaled_uniform(self.kernel_size, None),
        )
        self.narrowing = self._scaled("narrowing", hidden, features)

    def call(self, inputs: Any, training: bool = False) -> Any:
        x = ops.glu(self.depthwise(self.widening(as_sequences(inputs))), axis=-1)
        x = self.narrowing(self.drop(x, training=training))
        return inputs + ops.reshape(self.drop(x, training=training), ops.shape(inputs))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "expansion": self.expansion,
            "kernel_size": self.kernel_size,
        }
