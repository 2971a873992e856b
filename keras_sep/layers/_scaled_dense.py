"""Dense layers that take in what stands before or after them, at no pass of its own."""

from typing import Any

import keras
from keras import ops

from keras_sep.layers._layer_normalized import layer_normalized


class NormalizedDense(keras.layers.Layer):
    """A normalisation over the features of every frame, then a dense layer.

    Scale and shift of the normalisation are multiplied into kernel and bias.
    """

    def __init__(self, units: int, activation: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.units = units
        self.activation = keras.activations.get(activation)

    def build(self, input_shape: Any) -> None:
        features = input_shape[-1]
        self.kernel = self.add_weight(shape=(features, self.units), name="kernel")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")
        self.gamma = self.add_weight(shape=(features,), initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=(features,), initializer="zeros", name="beta")

    def call(self, inputs: Any) -> Any:
        x = layer_normalized(inputs)
        kernel = ops.convert_to_tensor(self.kernel)
        bias = ops.matmul(self.beta, kernel) + self.bias
        kernel = ops.expand_dims(self.gamma, 1) * kernel
        return self.activation(product(ops.cast(x, self.compute_dtype), kernel, bias))


class ScaledDense(keras.layers.Layer):
    """A dense layer, then a learned scale per feature that starts almost at zero.

    Reference: Touvron et al., "Going deeper with image transformers", 2021, section 2.
    """

    def __init__(self, units: int, initial_scale: float, **kwargs: Any):
        super().__init__(**kwargs)
        self.units = units
        self.initial_scale = initial_scale

    def build(self, input_shape: Any) -> None:
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")
        start = keras.initializers.Constant(self.initial_scale)
        self.scale = self.add_weight(shape=(self.units,), initializer=start, name="scale")

    def call(self, inputs: Any) -> Any:
        return product(inputs, self.kernel * self.scale, self.bias * self.scale)


def product(x: Any, kernel: Any, bias: Any) -> Any:
    """A product over the last axis, as one of matrices, which TensorFlow's CPU fuses with bias."""
    y = ops.matmul(ops.reshape(x, (-1, x.shape[-1])), kernel) + bias
    return ops.reshape(y, (*ops.shape(x)[:-1], kernel.shape[-1]))


def as_sequences(x: Any) -> Any:
    """(sequences, frames, features) from (batch, ..., frames, features)."""
    return ops.reshape(x, (-1, *ops.shape(x)[-2:]))
