"""Attention within chunks, then across them."""

from collections.abc import Callable
from typing import Any, NamedTuple

import keras

from keras_sep._normalization_like import (
    normalization_config,
    normalization_like,
    normalized,
)
from keras_sep._validate import require_positive_integers
from keras_sep.layers._axes import WithAxes
from keras_sep.layers.global_layer_normalization import GlobalLayerNormalization
from keras_sep.layers.sine_positions import SinePositions
from keras_sep.layers.transformer_block import TransformerBlock

EPSILON = 1e-6  # of the normalisations in the transformers


class _Half(NamedTuple):
    """The layers of one half, in the order in which weights files have them."""

    positions: list[Any]  # one, or none
    blocks: list[Any]
    last: Any
    normalization: Any
    dense: list[Any]  # one, or none, made when the number of features is known

    def transformed(self, x, mask, training):
        """The transformer's output, of (sequences, frames, features)."""
        for layer in self.positions:
            x = layer(x)
        for block in self.blocks:
            x = block(x, mask=mask, training=training)
        x = self.last(x)
        for layer in self.dense:
            x = layer(x)
        return x


@keras.saving.register_keras_serializable(package="keras_sep")
class DualPathTransformerBlock(WithAxes, keras.Layer):
    """A SepFormer block: a transformer over the steps of each chunk, then one over the chunks.

    Each half adds sinusoidal positions and has a stack of transformer blocks, a layer
    normalisation, a normalisation over all time and a residual connection. Chunks come from
    `SplitWindows(chunk_length, chunk_length // 2, padding=chunk_length // 2, multiple=2)` and are
    joined by `JoinWindows(chunk_length // 2, chunk_length // 2)`, which averages the chunks; the
    paper's sum is twice that. With recurrent layers instead it is `DualPathBlock`.

    The mask that `SplitWindows` propagates marks, for a padded example, the chunks that it would
    have alone; no others count.

    Args:
        layers: number of transformer blocks in each half.
        heads: number of attention heads; must divide the features.
        hidden: number of features between the two dense layers of a transformer block.
        positions: whether to add sinusoidal positions at the start of each half.
        norm_first: whether the transformer blocks normalise their input, instead of their output.
        residual: whether the first half has a residual connection; the second always has.
        dense: whether a dense layer follows each half's transformer.
        normalization: unbuilt layer that each half's normalisation over all time copies; by default
            `GlobalLayerNormalization()`, as in the paper.
        dropout: dropout of the transformer blocks.
        activation: activation of the transformer blocks.

    Call arguments:
        inputs: the chunks.
        mask: (batch, chunks), True for real chunks.

    Input shape:
        (batch, chunks, chunk_length, features)

    Output shape:
        The input's.

    Example:

    >>> features = np.random.default_rng(0).normal(size=(2, 1000, 8)).astype("float32")
    >>> chunks = keras_sep.layers.SplitWindows(50, 25, padding=25, multiple=2)(features)
    >>> chunks = keras_sep.layers.DualPathTransformerBlock(layers=1, heads=2, hidden=16)(chunks)
    >>> tuple(chunks.shape)
    (2, 42, 50, 8)
    >>> tuple(keras_sep.layers.JoinWindows(25, padding=25)(chunks, like=features).shape)
    (2, 1000, 8)

    Reference: Subakan et al., "Attention is all you need in speech separation", 2021, section 2.2.
    """

    axes = ("(batch, chunks, chunk_length, features)",)
    at_least_one = ("chunks",)

    def __init__(
        self,
        layers: int,
        heads: int,
        hidden: int,
        positions: bool = True,
        norm_first: bool = True,
        residual: bool = True,
        dense: bool = False,
        normalization: Any = None,
        dropout: float = 0.0,
        activation: str | Callable[[Any], Any] | None = "relu",
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        require_positive_integers(layers=layers)
        self.layers = layers
        self.heads = heads
        self.hidden = hidden
        self.positions = positions
        self.norm_first = norm_first
        self.residual = residual
        self.dense = dense
        self.normalization = normalization_config(normalization)
        self.dropout = dropout
        self.activation = keras.activations.get(activation)
        self.supports_masking = True
        self.intra, self.inter = (self._half(name) for name in ("intra", "inter"))

    def _half(self, name):
        policy = self.dtype_policy
        positions = SinePositions(alternating=True, dtype=policy, name=f"{name}_positions")
        blocks = [
            TransformerBlock(
                self.heads,
                self.hidden,
                norm_first=self.norm_first,
                norm_out=False,
                layer_scale=None,
                dropout=self.dropout,
                activation=self.activation,
                epsilon=EPSILON,
                dtype=policy,
                name=f"{name}_{n + 1}",
            )
            for n in range(self.layers)
        ]
        last = keras.layers.LayerNormalization(epsilon=EPSILON, dtype=policy, name=f"{name}_last")
        norm = normalization_like(
            self.normalization, GlobalLayerNormalization, f"{name}_normalization", policy
        )
        return _Half([positions] if self.positions else [], blocks, last, norm, [])

    def build(self, input_shape: Any) -> None:
        features = input_shape[-1]
        for name in ("intra", "inter"):
            half = getattr(self, name)
            if self.dense:
                dense = keras.layers.Dense(features, dtype=self.dtype_policy, name=f"{name}_dense")
                half = half._replace(dense=[dense])
                setattr(self, name, half)
            for layer in [*half.positions, *half.blocks, half.last, *half.dense]:
                layer.build((None, None, features))
            half.normalization.build(input_shape)

    def call(self, inputs: Any, mask: Any = None, training: bool = False) -> Any:
        batch, chunks, steps, features = keras.ops.shape(inputs)

        x = keras.ops.reshape(inputs, (-1, steps, features))  # every chunk by itself
        x = self.intra.transformed(x, None, training)
        x = keras.ops.reshape(x, (batch, chunks, steps, features))
        outputs = normalized(self.intra.normalization, x, mask)
        if self.residual:
            outputs = inputs + outputs

        x = keras.ops.transpose(outputs, (0, 2, 1, 3))  # (batch, chunk_length, chunks, features)
        x = keras.ops.reshape(x, (-1, chunks, features))  # every step by itself
        every_step = None if mask is None else keras.ops.repeat(mask, steps, axis=0)
        x = self.inter.transformed(x, every_step, training)
        x = keras.ops.reshape(x, (batch, steps, chunks, features))
        x = keras.ops.transpose(x, (0, 2, 1, 3))
        return outputs + normalized(self.inter.normalization, x, mask)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "layers": self.layers,
            "heads": self.heads,
            "hidden": self.hidden,
            "positions": self.positions,
            "norm_first": self.norm_first,
            "residual": self.residual,
            "dense": self.dense,
            "normalization": self.normalization,
            "dropout": self.dropout,
            "activation": keras.activations.serialize(self.activation),
        }
