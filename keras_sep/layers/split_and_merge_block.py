"""The block of Moises-Light."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_sep._scaled_uniform import scaled_uniform
from keras_sep._validate import require_odd, require_positive_integers
from keras_sep.layers import _backend
from keras_sep.layers._axes import WithAxes
from keras_sep.layers.group_conv_2d import GroupConv2D


@keras.saving.register_keras_serializable(package="keras_sep")
class SplitAndMergeBlock(WithAxes, keras.Layer):
    """Convolutions of each band by itself, with dense layers along the bins between them.

    The features are those of the bands, one band after the other. `depth` group convolutions come
    first, then two dense layers along the bins, through few, which are residual, then as many group
    convolutions again; another group convolution of the input is added to the output. A batch
    normalisation and the activation follow every convolution and dense layer. The number of
    features stays.

    Args:
        bands: number of bands; must divide the number of features.
        depth: number of convolutions before the dense layers, and after them. Default 3.
        bottleneck: ratio of the bins to the bins between the dense layers. Default 8.
        kernel_size: kernel size of the convolutions, odd. Default 3.
        activation: activation behind every normalisation; "relu", the default, or any other of
            Keras.

    Input shape:
        (batch, frames, bins, features), the number of bins known.

    Output shape:
        The input's.

    Example:

    >>> x = np.zeros((2, 11, 16, 6), "float32")
    >>> tuple(keras_sep.layers.SplitAndMergeBlock(bands=2, depth=1)(x).shape)
    (2, 11, 16, 6)

    Reference: Hung et al., "Moises-Light: resource-efficient band-split U-Net for music source
    separation", 2025, its split and merge module.
    """

    axes = ("(batch, frames, bins, features)",)
    at_least_one = ("batch", "frames")

    def __init__(
        self,
        bands: int,
        depth: int = 3,
        bottleneck: int = 8,
        kernel_size: int = 3,
        activation: str | Callable[[Any], Any] | None = "relu",
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        require_positive_integers(bands=bands, depth=depth, bottleneck=bottleneck)
        require_odd(kernel_size=kernel_size)
        self.bands = bands
        self.depth = depth
        self.bottleneck = bottleneck
        self.kernel_size = kernel_size
        self.activation = keras.activations.get(activation)
        before, after = ([f"{half}_{n + 1}" for n in range(depth)] for half in ("before", "after"))
        self._of_features = ["shortcut", *before, *after]
        self.norms = {
            name: keras.layers.BatchNormalization(
                momentum=0.9, epsilon=1e-5, dtype=self.dtype_policy, name=f"norm_{name}"
            )
            for name in (*self._of_features, "narrow", "wide")
        }

    def build(self, input_shape: Any) -> None:
        *outer, bins, features = input_shape
        if bins is None or bins < self.bottleneck:
            raise ValueError(
                f"The bins must be known, and at least `bottleneck`, {self.bottleneck}. "
                f"Received: input_shape={tuple(input_shape)}"
            )
        hidden = bins // self.bottleneck
        self.convs = {
            name: GroupConv2D(
                features, self.bands, self.kernel_size, dtype=self.dtype_policy, name=name
            )
            for name in self._of_features
        }
        for name, conv in self.convs.items():
            conv.build(input_shape)
            self.norms[name].build(input_shape)
        for name, outputs, inputs in (("narrow", hidden, bins), ("wide", bins, hidden)):
            for part, shape in (("", (outputs, inputs)), ("_bias", (outputs,))):
                weight = self.add_weight(
                    shape=shape, initializer=scaled_uniform(inputs, None), name=f"{name}{part}"
                )
                setattr(self, f"{name}{part}", weight)
            self.norms[name].build((*outer, outputs, features))

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        def normalized(x, name):
            return self.activation(self.norms[name](x, training=training))

        def convolved(x, half):
            for n in range(self.depth):
                name = f"{half}_{n + 1}"
                x = normalized(self.convs[name](x), name)
            return x

        x = convolved(inputs, "before")  # (batch, frames, bins, features)
        y = normalized(_along_bins(x, self.narrow, self.narrow_bias), "narrow")
        y = normalized(_along_bins(y, self.wide, self.wide_bias), "wide")
        x = convolved(x + y, "after")
        return x + normalized(self.convs["shortcut"](inputs), "shortcut")

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "bands": self.bands,
            "depth": self.depth,
            "bottleneck": self.bottleneck,
            "kernel_size": self.kernel_size,
            "activation": keras.activations.serialize(self.activation),
        }


def _along_bins(x, kernel, bias):
    """A dense layer along the bins of every frame, without moving an axis."""
    return _backend.shared_product(ops.convert_to_tensor(kernel), x) + ops.expand_dims(bias, -1)
