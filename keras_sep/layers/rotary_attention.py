"""Attention that knows how far apart two frames, or two bands, are."""

from functools import partial
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_sep._validate import (
    is_integer,
    require_flags,
    require_positive_integers,
    require_positive_numbers,
    require_rates,
)
from keras_sep.layers._attention import attention
from keras_sep.layers._axes import WithAxes
from keras_sep.ops import rotary_phasors, rotate_pairs


def require_axis(axis: int) -> None:
    """Raise a `ValueError` unless this is an axis to attend over."""
    if not is_integer(axis, 1) or axis > 2:
        raise ValueError(f"`axis` must be 1 (frames) or 2 (bands). Received: axis={axis!r}")


def axes_of(axis: int) -> tuple[str]:
    """Axes of a layer's input that is attended over along `axis`."""
    return (
        "(batch, frames[, bands], features)" if axis == 1 else "(batch, frames, bands, features)",
    )


@keras.saving.register_keras_serializable(package="keras_sep")
class RotaryAttention(WithAxes, keras.Layer):
    """Attention of several heads to the sequence itself, with rotary positions.

    One dense layer without bias makes queries, keys and values, in this order, each of all heads;
    queries and keys get positions by `ops.rotary_positions`; another dense layer without bias leads
    from the heads back to the features.

    Args:
        heads: number of attention heads.
        head_size: number of features of each head, even.
        axis: axis attended over: 1, the frames, or 2, the bands. The other is as a batch.
        gated: whether the output of each head is multiplied by a sigmoid of the features.
        interleaved: whether neighbouring features make a pair that is rotated, as in
            rotary-embedding-torch, instead of those half a head apart.
        theta: base of the positions' geometric series of angles.
        dropout: fraction of the attention weights and of the output that is dropped in training.
        seed: seed of the dropout.

    Input shape:
        (batch, frames[, bands], features)

    Output shape:
        The input's.

    Example:

    >>> x = np.zeros((2, 11, 5, 8), "float32")
    >>> attention = keras_sep.layers.RotaryAttention(heads=3, head_size=4, axis=2, gated=True)
    >>> tuple(attention(x).shape)
    (2, 11, 5, 8)
    >>> [tuple(weight.shape) for weight in attention.weights]
    [(8, 36), (12, 8), (8, 3), (3,)]

    Reference: Su et al., "RoFormer: enhanced transformer with rotary position embedding", 2021,
    section 3.2; Lu et al., "Music source separation with band-split RoPE transformer", 2023,
    section 2.2; of the gates, the checkpoints in circulation that were trained after it.
    """

    at_least_one = ("frames", "bands")

    def __init__(
        self,
        heads: int,
        head_size: int,
        axis: int = 1,
        gated: bool = False,
        interleaved: bool = True,
        theta: float = 1e4,
        dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        require_positive_integers(heads=heads, head_size=head_size)
        if head_size % 2:
            raise ValueError(f"`head_size` must be even. Received: head_size={head_size}")
        require_axis(axis)
        require_flags(gated=gated, interleaved=interleaved)
        require_positive_numbers(theta=theta)
        require_rates(dropout=dropout)
        self.heads = heads
        self.head_size = head_size
        self.axis = axis
        self.axes = axes_of(axis)
        self.gated = gated
        self.interleaved = interleaved
        self.theta = theta
        self.dropout = dropout
        self.seed = seed
        self.drop = keras.layers.Dropout(dropout, seed=seed, dtype=self.dtype_policy, name="drop")

    def build(self, input_shape: Any) -> None:
        features, wide = input_shape[-1], self.heads * self.head_size

        def dense(name, units, inputs, use_bias=False):
            layer = keras.layers.Dense(units, use_bias=use_bias, dtype=self.dtype_policy, name=name)
            layer.build((None, inputs))
            return layer

        self.query_key_value = dense("query_key_value", 3 * wide, features)
        self.projection = dense("projection", features, wide)
        self.gates = dense("gates", self.heads, features, use_bias=True) if self.gated else None

    def call(self, inputs: Any, training: bool = False) -> Any:
        # (batch, frames[, bands], features)
        turned = self.axis == 1 and len(inputs.shape) == 4
        x = ops.transpose(inputs, (0, 2, 1, 3)) if turned else inputs
        shape = ops.shape(x)  # of the sequences along the last but one axis
        steps, features = shape[-2:]
        rows = ops.reshape(x, (-1, features))  # as a matrix: TensorFlow's CPU is faster

        phasors = rotary_phasors(steps, self.head_size, self.theta, self.compute_dtype)

        def heads(x):
            x = ops.transpose(x, (2, 0, 3, 1, 4))  # (3, sequences, heads, steps, head_size)
            query, key, value = ops.unstack(x, 3, axis=0)
            query, key = (rotate_pairs(x, phasors, interleaved=False) for x in (query, key))
            return query, key, value

        found = attention(
            heads,
            (ops.reshape(self._projected(rows), (-1, steps, 3, self.heads, self.head_size)),),
            self.heads * steps * steps,
            drop=partial(self.drop, training=True) if self.dropout and training else None,
        )  # (sequences, steps, heads, head_size)
        if self.gates is not None:
            gates = ops.sigmoid(self.gates(rows))
            found = found * ops.reshape(gates, (-1, steps, self.heads, 1))
        found = self.projection(ops.reshape(found, (-1, self.heads * self.head_size)))
        found = ops.reshape(self.drop(found, training=training), shape)
        return ops.transpose(found, (0, 2, 1, 3)) if turned else found

    def _projected(self, rows):
        """Queries, keys and values, the features of each pair half a head apart."""
        dense = self.query_key_value
        if not self.interleaved:
            return dense(rows)
        # scores do not depend on the order within a head: the kernel, small, is what is reordered
        order = np.arange(3 * self.heads * self.head_size).reshape(3, self.heads, -1)
        order[:2] = np.concatenate([order[:2, :, ::2], order[:2, :, 1::2]], axis=-1)
        columns = order.ravel()
        if dense.quantization_mode is not None:
            return ops.take(dense(rows), columns, axis=-1)
        return ops.matmul(rows, ops.take(ops.convert_to_tensor(dense.kernel), columns, axis=-1))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "heads": self.heads,
            "head_size": self.head_size,
            "axis": self.axis,
            "gated": self.gated,
            "interleaved": self.interleaved,
            "theta": self.theta,
            "dropout": self.dropout,
            "seed": self.seed,
        }
