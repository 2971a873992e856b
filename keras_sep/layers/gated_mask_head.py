"""From the features of a dual-path network to masks."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_sep._validate import require_positive_integers
from keras_sep.layers._axes import WithAxes


@keras.saving.register_keras_serializable(package="keras_sep")
class GatedMaskHead(WithAxes, keras.Layer):
    """The last layers of a dual-path network: features for each source, a gate, masks, activation.

    A dense layer gives each source its own features. The rest is shared by all sources: a dense
    layer with a tanh times one with a sigmoid, and a dense layer without bias to the mask. Not
    `MaskHead`, which is a single dense layer. The masks are not applied: `ApplyMask` does.

    Args:
        bins: number of filters of the masked representation, or of frequency bins.
        sources: number of sources.
        activation: activation of the masks: "sigmoid", "relu", "softmax" (over the sources), or any
            other of Keras.

    Input shape:
        (batch, frames, features)

    Output shape:
        (batch, frames, bins, sources)

    Example:

    >>> head = keras_sep.layers.GatedMaskHead(bins=64, sources=2)
    >>> tuple(head(np.zeros((3, 400, 30), "float32")).shape)
    (3, 400, 64, 2)

    Reference: the gate is that of van den Oord et al., "WaveNet: a generative model for raw audio",
    2016, equation 2; where it stands follows Subakan et al., "Attention is all you need in speech
    separation", 2021, figure 2, and code for Luo, Chen and Yoshioka, "Dual-path RNN: efficient long
    sequence modeling for time-domain single-channel speech separation", 2020.
    """

    axes = ("(batch, frames, features)",)

    def __init__(
        self,
        bins: int,
        sources: int,
        activation: str | Callable[[Any], Any] | None = "sigmoid",
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        require_positive_integers(bins=bins, sources=sources)
        self.bins = bins
        self.sources = sources
        self.activation = keras.activations.get(activation)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        features = input_shape[-1]

        def dense(name, units, **kwargs):
            layer = keras.layers.Dense(units, dtype=self.dtype_policy, name=name, **kwargs)
            layer.build((None, features))
            return layer

        # outputs run over sources slowest
        self.features = dense("features", self.sources * features)
        self.value = dense("value", features, activation="tanh")
        self.gate = dense("gate", features, activation="sigmoid")
        self.masks = dense("masks", self.bins, use_bias=False)

    def call(self, inputs: Any) -> Any:
        batch, frames, features = ops.shape(inputs)
        x = self.features(inputs)  # (batch, frames, sources * features)
        # as a matrix, so that TensorFlow's CPU fuses product, bias and activation
        x = ops.reshape(x, (-1, features))
        x = self.masks(self.value(x) * self.gate(x))
        x = ops.reshape(x, (batch, frames, self.sources, self.bins))
        return self.activation(ops.swapaxes(x, 2, 3))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape[:2], self.bins, self.sources)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "bins": self.bins,
            "sources": self.sources,
            "activation": keras.activations.serialize(self.activation),
        }
