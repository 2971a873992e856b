"""The transformer block of the RoFormers."""

from typing import Any

import keras
from keras import ops

from keras_sep._validate import require_flags, require_positive_integers, require_positive_numbers
from keras_sep.layers import _backend
from keras_sep.layers._axes import WithAxes
from keras_sep.layers.rotary_attention import RotaryAttention, axes_of


@keras.saving.register_keras_serializable(package="keras_sep")
class RotaryTransformerBlock(WithAxes, keras.Layer):
    """Attention with rotary positions, then two dense layers, both residual.

    Each half normalises its input by the root mean square of the features. GELU, without an
    approximation, is between the dense layers.

    Args:
        heads: number of attention heads.
        head_size: number of features of each head, even.
        hidden: number of features between the two dense layers.
        axis: axis attended over: 1, the frames, or 2, the bands. The other is as a batch.
        gated: whether the output of each head is multiplied by a sigmoid of the features.
        interleaved: whether neighbouring features make a pair that is rotated, as in
            rotary-embedding-torch, instead of those half a head apart.
        norm_out: whether to normalise the output too.
        dropout: fraction of the attention weights, of the dense layers' features and of each half's
            output that is dropped in training.
        epsilon: small number added to the mean square before the square root.
        seed: seed of the dropout.

    Input shape:
        (batch, frames[, bands], features)

    Output shape:
        The input's.

    Example:

    >>> x = np.zeros((2, 11, 5, 8), "float32")
    >>> block = keras_sep.layers.RotaryTransformerBlock(heads=2, head_size=4, hidden=32, axis=2)
    >>> tuple(block(x).shape)
    (2, 11, 5, 8)

    Reference: Lu et al., "Music source separation with band-split RoPE transformer", 2023, section
    2.2; of the gates, the checkpoints in circulation that were trained after it.
    """

    at_least_one = ("frames", "bands")

    def __init__(
        self,
        heads: int,
        head_size: int,
        hidden: int,
        axis: int = 1,
        gated: bool = True,
        interleaved: bool = True,
        norm_out: bool = False,
        dropout: float = 0.0,
        epsilon: float = 1e-12,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        require_positive_integers(hidden=hidden)
        require_flags(norm_out=norm_out)
        require_positive_numbers(epsilon=epsilon)
        self.heads = heads
        self.head_size = head_size
        self.hidden = hidden
        self.axis = axis
        self.axes = axes_of(axis)
        self.gated = gated
        self.interleaved = interleaved
        self.norm_out = norm_out
        self.dropout = dropout
        self.epsilon = epsilon
        self.seed = seed
        policy = {"dtype": self.dtype_policy}
        self.attention = RotaryAttention(
            heads,
            head_size,
            axis,
            gated,
            interleaved,
            dropout=dropout,
            seed=seed,
            **policy,
            name="attention",
        )

        def norm(name):
            return keras.layers.RMSNormalization(epsilon=epsilon, **policy, name=name)

        self.norm_attention, self.norm_dense = norm("norm_attention"), norm("norm_dense")
        self.norm_last = norm("norm_last") if norm_out else None
        self.drop = keras.layers.Dropout(dropout, seed=seed, **policy, name="drop")

    def build(self, input_shape: Any) -> None:
        features = input_shape[-1]
        self.dense_1, self.dense_2 = (
            keras.layers.Dense(units, dtype=self.dtype_policy, name=name)
            for name, units in (("dense_1", self.hidden), ("dense_2", features))
        )
        self.attention.build(input_shape)
        self.norm_attention.build(input_shape)
        self.norm_dense.build(input_shape)
        self.dense_1.build((None, features))
        self.dense_2.build((None, self.hidden))
        if self.norm_last is not None:
            self.norm_last.build(input_shape)

    def call(self, inputs: Any, training: bool = False) -> Any:
        x = inputs + self.attention(self.norm_attention(inputs), training=training)
        x = x + self._dense(self.norm_dense(x), training)
        return x if self.norm_last is None else self.norm_last(x)

    def _dense(self, x, training):
        shape = ops.shape(x)
        # as a matrix, so that TensorFlow's CPU fuses product, bias and activation
        hidden = self.dense_1(ops.reshape(x, (-1, x.shape[-1])))
        if training and self.dropout:
            hidden = self.drop(_backend.gelu(hidden), training=True)
            x = self.drop(self.dense_2(hidden), training=True)
        elif training:  # the gradient takes the GELU again: a third less to keep in all
            x = keras.remat(lambda hidden: self.dense_2(_backend.gelu(hidden)))(hidden)
        else:
            x = self.dense_2(ops.gelu(hidden, approximate=False))
        return ops.reshape(x, shape)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "heads": self.heads,
            "head_size": self.head_size,
            "hidden": self.hidden,
            "axis": self.axis,
            "gated": self.gated,
            "interleaved": self.interleaved,
            "norm_out": self.norm_out,
            "dropout": self.dropout,
            "epsilon": self.epsilon,
            "seed": self.seed,
        }
