"""The feed-forward part of TF-Locoformer, which sees neighbours."""

from typing import Any

import keras
from keras import ops

from keras_sep._validate import require_positive_integers, require_rates
from keras_sep.layers._axes import WithAxes
from keras_sep.layers.rotary_attention import axes_of, require_axis


@keras.saving.register_keras_serializable(package="keras_sep")
class ConvSwiGLU(WithAxes, keras.Layer):
    """A convolution with a swish gate, and a transposed convolution back to the features.

    Both are along one axis. All steps of the first that see any of the input are there for the
    second, `kernel_size - 1` more than the input has; the output has as many as the input.

    Args:
        hidden: number of features between the convolutions, behind the gate.
        kernel_size: kernel size of both convolutions.
        axis: axis of the convolutions: 1, the frames, or 2, the bands. The other is as a batch.
        dropout: fraction of the features dropped in training, after the gate and at the end.
        seed: seed of the dropout.

    Input shape:
        (batch, frames[, bands], features)

    Output shape:
        The input's.

    Example:

    >>> x = np.zeros((2, 11, 5, 8), "float32")
    >>> tuple(keras_sep.layers.ConvSwiGLU(hidden=12, kernel_size=4, axis=2)(x).shape)
    (2, 11, 5, 8)

    Reference: Saijo et al., "TF-Locoformer: transformer with local modeling by convolution for
    speech separation and enhancement", 2024, its ConvSwiGLU.
    """

    at_least_one = ("batch", "frames", "bands")  # TensorFlow convolves nothing to a wrong shape

    def __init__(
        self,
        hidden: int,
        kernel_size: int,
        axis: int = 1,
        dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        require_positive_integers(hidden=hidden, kernel_size=kernel_size)
        require_axis(axis)
        require_rates(dropout=dropout)
        self.hidden = hidden
        self.kernel_size = kernel_size
        self.axis = axis
        self.axes = axes_of(axis)
        self.dropout = dropout
        self.seed = seed
        self.drop = keras.layers.Dropout(dropout, seed=seed, dtype=self.dtype_policy, name="drop")

    def build(self, input_shape: Any) -> None:
        features = input_shape[-1]

        def weights(name, inputs, outputs):
            shape = (self.kernel_size, inputs, outputs)
            return (
                self.add_weight(shape=shape, initializer="glorot_uniform", name=f"kernel_{name}"),
                self.add_weight(shape=(outputs,), initializer="zeros", name=f"bias_{name}"),
            )

        self.kernel_1, self.bias_1 = weights("1", features, 2 * self.hidden)
        # of an ordinary convolution: that of the transposed one is its mirror image
        self.kernel_2, self.bias_2 = weights("2", self.hidden, features)

    def call(self, inputs: Any, training: bool = False) -> Any:
        reach = self.kernel_size - 1
        padding = [[0, 0] for _ in inputs.shape]
        padding[self.axis] = [reach, reach]
        x = ops.pad(inputs, padding)
        kernel, bias = ops.convert_to_tensor(self.kernel_1), ops.convert_to_tensor(self.bias_1)
        # two convolutions of half the size: no copies of halves of the features
        kernels, biases = ops.split(kernel, 2, axis=-1), ops.split(bias, 2, axis=-1)
        value, gate = (self._convolved(x, *half) for half in zip(kernels, biases, strict=True))
        x = self.drop(value * ops.silu(gate), training=training)
        return self.drop(self._convolved(x, self.kernel_2, self.bias_2), training=training)

    def _convolved(self, x, kernel, bias):
        if len(x.shape) == 4:
            kernel = ops.expand_dims(kernel, 1 if self.axis == 1 else 0)
        return ops.conv(x, kernel, padding="valid", data_format="channels_last") + bias

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "hidden": self.hidden,
            "kernel_size": self.kernel_size,
            "axis": self.axis,
            "dropout": self.dropout,
            "seed": self.seed,
        }
