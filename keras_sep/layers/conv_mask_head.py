"""Masks from a convolution along the features."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_sep._validate import require_positive_integers
from keras_sep.layers._axes import WithAxes


@keras.saving.register_keras_serializable(package="keras_sep")
class ConvMaskHead(WithAxes, keras.Layer):
    """One convolution along the features of a frame for each source, then an activation.

    The kernels are one longer than the number of features, so each mask depends on the whole frame,
    and are shared by all features and frames, as in `keras.layers.Conv2D(sources, (1, features +
    1), padding="same")` on an image of one channel. Not `MaskHead`, where every mask has weights of
    its own. The masks are not applied: `ApplyMask` does. All are computed as one matrix product,
    which is faster than the convolution.

    Args:
        sources: number of sources.
        activation: activation of the masks: "softmax" (over the sources), "sigmoid", "relu", or any
            other of Keras.

    Input shape:
        (batch, frames, features), features even.

    Output shape:
        (batch, frames, features, sources)

    Example:

    >>> masks = keras_sep.layers.ConvMaskHead(sources=3)(np.zeros((2, 50, 64), "float32"))
    >>> tuple(masks.shape), round(float(masks[0, 0, 0, 0]), 4)
    ((2, 50, 64, 3), 0.3333)

    Reference: Tzinis et al., "Sudo rm -rf: efficient networks for universal audio source
    separation", 2020, its separation module.
    """

    axes = ("(batch, frames, features)",)

    def __init__(
        self, sources: int, activation: str | Callable[[Any], Any] | None = "softmax", **kwargs: Any
    ):
        super().__init__(**kwargs)
        require_positive_integers(sources=sources)
        self.sources = sources
        self.activation = keras.activations.get(activation)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        features = input_shape[-1]
        if features is None or features % 2:
            raise ValueError(
                "The number of features must be known and even. "
                f"Received: input_shape={tuple(input_shape)}"
            )
        self.kernel = self.add_weight(shape=(features + 1, self.sources), name="kernel")
        self.bias = self.add_weight(shape=(self.sources,), initializer="zeros", name="bias")

    def call(self, inputs: Any) -> Any:
        batch, frames, features = ops.shape(inputs)
        # as one product: a convolution with so long a kernel takes several times as long
        x = ops.matmul(inputs, self._matrix(inputs.shape[-1]))
        x = ops.reshape(x, (batch, frames, features, self.sources))
        return self.activation(x + self.bias)

    def _matrix(self, features: int):
        """(features, features * sources): for every mask the kernel shifted to its feature."""
        half = features // 2
        # row n of what this is repeated to starts n steps earlier than the row before it
        kernel = ops.pad(self.kernel, ((half - 1, half), (0, 0)))  # (2 * features, sources)
        rows = ops.tile(kernel, (features, 1))[: features * (2 * features - 1)]
        rows = ops.reshape(rows, (features, 2 * features - 1, self.sources))
        shifted = rows[:, features - 1 :]  # (masked feature, feature, sources)
        shifted = ops.transpose(shifted, (1, 0, 2))
        return ops.reshape(shifted, (features, features * self.sources))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape, self.sources)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "sources": self.sources,
            "activation": keras.activations.serialize(self.activation),
        }
