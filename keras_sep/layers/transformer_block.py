"""The block of a transformer, of one sequence or between two."""

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
from keras import ops

from keras_sep._normalization_like import normalized
from keras_sep._validate import (
    require_numbers_from_zero,
    require_positive_integers,
    require_positive_numbers,
    require_rates,
)
from keras_sep.layers._attention import attention
from keras_sep.layers._axes import WithAxes
from keras_sep.layers.global_layer_normalization import GlobalLayerNormalization


@keras.saving.register_keras_serializable(package="keras_sep")
class TransformerBlock(WithAxes, keras.Layer):
    """Attention to the sequence itself or to another, then two dense layers, both residual.

    Args:
        heads: number of attention heads; must divide the features.
        hidden: number of features between the two dense layers.
        cross: whether the first sequence attends to a second one; call it with a list of both.
        norm_first: whether to normalise the input of each half, instead of its output.
        norm_out: whether to normalise the block's output over time and features, with `norm_first`.
        norm_over_time: whether the other normalisations are also over time and features, instead of
            over the features of every frame.
        layer_scale: initial value of the learned scale per feature of each half; None for no
            scales.
        dropout: fraction of the dense layers' features, the attention weights and each half's
            output that is dropped in training.
        activation: activation of the first dense layer; "gelu", "relu" or any other of Keras.
        epsilon: small number added to the variance of the normalisations before the square root.
        seed: seed of the dropout.

    Call arguments:
        inputs: the sequence, with `cross` a list of both.
        mask: (batch, frames), True for real frames of a single sequence.

    Input shape:
        (batch, frames, features), with `cross` a list of two of them.

    Output shape:
        That of the first input.

    Example:

    >>> x, other = np.zeros((2, 11, 8), "float32"), np.zeros((2, 17, 8), "float32")
    >>> block = keras_sep.layers.TransformerBlock(heads=2, hidden=32, cross=True)
    >>> tuple(block([x, other]).shape)
    (2, 11, 8)

    Reference: Vaswani et al., "Attention is all you need", 2017, section 3; Touvron et al., "Going
    deeper with image transformers", 2021, section 2, for `layer_scale`; Rouard, Massa and Défossez,
    "Hybrid transformers for music source separation", 2022, figure 1, for `cross`.
    """

    axes = ("(batch, frames, features)",)
    at_least_one = ("frames",)

    def __init__(
        self,
        heads: int,
        hidden: int,
        cross: bool = False,
        norm_first: bool = True,
        norm_out: bool = True,
        norm_over_time: bool = False,
        layer_scale: float | None = 1e-4,
        dropout: float = 0.0,
        activation: str | Callable[[Any], Any] | None = "gelu",
        epsilon: float = 1e-5,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        require_positive_integers(heads=heads, hidden=hidden)
        require_numbers_from_zero(or_none=True, layer_scale=layer_scale)
        require_rates(dropout=dropout)
        require_positive_numbers(epsilon=epsilon)
        self.heads = heads
        self.hidden = hidden
        self.cross = cross
        self.norm_first = norm_first
        self.norm_out = norm_out
        self.norm_over_time = norm_over_time
        self.layer_scale = layer_scale
        self.dropout = dropout
        self.activation = keras.activations.get(activation)
        self.epsilon = epsilon
        self.supports_masking = not cross
        self.seed = seed
        # one for all four places: every call draws other numbers
        self.drop = keras.layers.Dropout(dropout, seed=seed, dtype=self.dtype_policy, name="drop")

    def build(self, input_shape: Any) -> None:
        shape = tuple(input_shape[0] if self.cross else input_shape)
        features = shape[-1]
        if features % self.heads:
            raise ValueError(
                f"`heads` must divide the features. Received: heads={self.heads}, shape {shape}"
            )

        def built(layer, inputs=shape):
            layer.build(inputs)
            return layer

        def dense(name, units, inputs=shape, use_bias=True):
            layer = keras.layers.Dense(units, use_bias=use_bias, dtype=self.dtype_policy, name=name)
            return built(layer, inputs)

        def norm(name, over_time=self.norm_over_time):
            kind = GlobalLayerNormalization if over_time else keras.layers.LayerNormalization
            return built(kind(epsilon=self.epsilon, dtype=self.dtype_policy, name=name))

        self.query, self.value, self.projection = (
            dense(name, features) for name in ("query", "value", "projection")
        )
        # a bias would add the same to all scores of a query, which the softmax takes away
        self.key = dense("key", features, use_bias=False)
        self.dense_1 = dense("dense_1", self.hidden)
        self.dense_2 = dense("dense_2", features, (*shape[:-1], self.hidden))
        self.norm_attention, self.norm_dense = norm("norm_attention"), norm("norm_dense")
        self.norm_other = norm("norm_other") if self.cross and self.norm_first else None
        last = self.norm_first and self.norm_out
        self.norm_last = norm("norm_last", over_time=True) if last else None
        self.scale_attention = self.scale_dense = 1.0
        if self.layer_scale is not None:
            self.scale_attention, self.scale_dense = (
                self.add_weight(
                    shape=(features,),
                    initializer=keras.initializers.Constant(self.layer_scale),
                    name=name,
                )
                for name in ("scale_attention", "scale_dense")
            )

    def call(self, inputs: Any, mask: Any = None, training: bool = False) -> Any:
        x, other = inputs if self.cross else (inputs, inputs)
        mask = None if self.cross else mask
        if not self.norm_first:
            x = x + self.scale_attention * self._attention(x, other, mask, training)
            x = normalized(self.norm_attention, x, mask)
            x = x + self.scale_dense * self._dense(x, training)
            return normalized(self.norm_dense, x, mask)
        query = normalized(self.norm_attention, x, mask)
        other = query if self.norm_other is None else self.norm_other(other)
        x = x + self.scale_attention * self._attention(query, other, mask, training)
        x = x + self.scale_dense * self._dense(normalized(self.norm_dense, x, mask), training)
        return x if self.norm_last is None else self.norm_last(x, mask=mask)

    # not `keras.layers.MultiHeadAttention`, whose keys have a bias, and whose einsums TensorFlow's
    # CPU does not fuse with their biases
    def _attention(self, x, other, mask, training):
        found = attention(
            lambda *tensors: [self._by_head(tensor) for tensor in tensors],
            (self.query(x), self.key(other), self.value(other)),
            self.heads * ops.shape(x)[1] * ops.shape(other)[1],
            mask,
            partial(self.drop, training=True) if self.dropout and training else None,
            kept=training,
        )
        found = ops.reshape(found, ops.shape(x))
        return self.drop(self.projection(found), training=training)

    def _by_head(self, x):
        """(batch, heads, frames, features / heads)"""
        batch, frames, features = ops.shape(x)
        x = ops.reshape(x, (batch, frames, self.heads, features // self.heads))
        return ops.transpose(x, (0, 2, 1, 3))

    def _dense(self, x, training):
        batch, frames, features = ops.shape(x)
        # as a matrix, so that TensorFlow's CPU fuses product, bias and activation
        x = ops.reshape(x, (-1, features))
        x = self.activation(self.dense_1(x))
        x = self.dense_2(self.drop(x, training=training))
        return ops.reshape(self.drop(x, training=training), (batch, frames, features))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(input_shape[0] if self.cross else input_shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "heads": self.heads,
            "hidden": self.hidden,
            "cross": self.cross,
            "norm_first": self.norm_first,
            "norm_out": self.norm_out,
            "norm_over_time": self.norm_over_time,
            "layer_scale": self.layer_scale,
            "dropout": self.dropout,
            "activation": keras.activations.serialize(self.activation),
            "epsilon": self.epsilon,
            "seed": self.seed,
        }
