"""Recurrence within chunks, then across them."""

from typing import Any

import keras

from keras_sep._normalization_like import (
    normalization_config,
    normalization_like,
    normalized,
)
from keras_sep._validate import require_flags
from keras_sep.layers._axes import WithAxes
from keras_sep.layers.global_layer_normalization import GlobalLayerNormalization
from keras_sep.layers.recurrent_stack import RecurrentStack


@keras.saving.register_keras_serializable(package="keras_sep")
class DualPathBlock(WithAxes, keras.Layer):
    """A dual-path RNN block: recurrent layers over the steps of each chunk, then over the chunks.

    Each half is a recurrent layer, a dense layer back to the number of features, a global layer
    normalisation and a residual connection. A sequence of thousands of steps is thus read as two
    sequences of about its square root. Chunks come from `SplitWindows(chunk_length, chunk_length //
    2, padding=chunk_length)` and are joined by `JoinWindows(chunk_length // 2, chunk_length)`,
    which averages the chunks; the paper's sum is twice that.

    With `norm_first` and `keras.layers.LayerNormalization(epsilon=1e-5)` it is the block of a
    band-split RNN, over the frames of each band, then over the bands: its input is (batch, bands,
    frames, features).

    The mask that `SplitWindows` propagates marks, for a padded example, the chunks that it would
    have alone; no others count.

    Args:
        units: size of the recurrent state in *each* direction.
        bidirectional: whether the chunks are also read from last to first. Within chunks both
            directions are always read. The block is never causal, as it normalises over all time.
        cell: recurrent cell, `"lstm"` or `"gru"`.
        normalization: unbuilt layer that both normalisations copy; by default
            `GlobalLayerNormalization()`, as in the paper. The channel-wise one is
            `keras.layers.LayerNormalization(epsilon=1e-8)`.
        layers: number of stacked recurrent layers in each half.
        dropout: fraction of the features dropped between these in training.
        norm_first: whether each half normalises its input, not its output. Default False.

    Call arguments:
        inputs: the chunks.
        mask: (batch, chunks), True for real chunks.

    Input shape:
        (batch, chunks, chunk_length, features)

    Output shape:
        The input's.

    Example:

    >>> features = np.random.default_rng(0).normal(size=(2, 1000, 7)).astype("float32")
    >>> chunks = keras_sep.layers.SplitWindows(50, 25, padding=50)(features)
    >>> chunks = keras_sep.layers.DualPathBlock(units=5)(chunks)
    >>> tuple(chunks.shape)
    (2, 43, 50, 7)
    >>> tuple(keras_sep.layers.JoinWindows(25, padding=50)(chunks, like=features).shape)
    (2, 1000, 7)

    Reference: Luo, Chen and Yoshioka, "Dual-path RNN: efficient long sequence modeling for
    time-domain single-channel speech separation", 2020, section 2. With `norm_first`: Luo and Yu,
    "Music source separation with band-split RNN", 2023, section II-B.
    """

    axes = ("(batch, chunks, chunk_length, features)",)
    at_least_one = ("chunks",)

    def __init__(
        self,
        units: int,
        bidirectional: bool = True,
        cell: str = "lstm",
        normalization: Any = None,
        layers: int = 1,
        dropout: float = 0.0,
        norm_first: bool = False,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        require_flags(norm_first=norm_first)
        self.units = units
        self.bidirectional = bidirectional
        self.cell = cell
        self.normalization = normalization_config(normalization)
        self.layers = layers
        self.dropout = dropout
        self.norm_first = norm_first
        self.supports_masking = True

        def recurrent(name, bidirectional):
            return RecurrentStack(
                units,
                layers,
                cell,
                bidirectional,
                dropout,
                time_major=True,
                dtype=self.dtype_policy,
                name=name,
            )

        def norm(name):
            return normalization_like(
                self.normalization, GlobalLayerNormalization, name, self.dtype_policy
            )

        self.intra_recurrent = recurrent("intra_recurrent", True)
        self.inter_recurrent = recurrent("inter_recurrent", bidirectional)
        self.intra_normalization = norm("intra_normalization")
        self.inter_normalization = norm("inter_normalization")

    def build(self, input_shape: Any) -> None:
        self.intra_dense = self._built_dense("intra_dense", self.intra_recurrent, input_shape)
        self.inter_dense = self._built_dense("inter_dense", self.inter_recurrent, input_shape)
        self.intra_normalization.build(input_shape)
        self.inter_normalization.build(input_shape)

    def _built_dense(self, name, recurrent, input_shape):
        """The layer after `recurrent`, itself built on the way, back to the input's features."""
        features = input_shape[-1]
        recurrent.build((None, None, features))
        dense = keras.layers.Dense(features, dtype=self.dtype_policy, name=name)
        dense.build(recurrent.compute_output_shape((None, None, features)))
        return dense

    def call(self, inputs: Any, mask: Any = None, training: bool = False) -> Any:
        batch, chunks, steps, features = keras.ops.shape(inputs)

        def intra(x):
            x = keras.ops.transpose(x, (2, 0, 1, 3))  # (chunk_length, batch, chunks, features)
            x = keras.ops.reshape(x, (steps, -1, features))  # every chunk by itself
            x = self.intra_recurrent(x, training=training)
            x = _dense(self.intra_dense, x, (steps, batch, chunks, features))
            return keras.ops.transpose(x, (1, 2, 0, 3))

        def inter(x):
            x = keras.ops.transpose(x, (1, 0, 2, 3))  # (chunks, batch, chunk_length, features)
            x = keras.ops.reshape(x, (chunks, -1, features))  # every step by itself
            x = self.inter_recurrent(x, mask=_repeated(mask, steps), training=training)
            x = _dense(self.inter_dense, x, (chunks, batch, steps, features))
            return keras.ops.transpose(x, (1, 0, 2, 3))

        x = inputs
        for norm, half in (
            (self.intra_normalization, intra),
            (self.inter_normalization, inter),
        ):
            if self.norm_first:
                x = x + half(normalized(norm, x, mask))
            else:
                x = x + normalized(norm, half(x), mask)
        return x

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "bidirectional": self.bidirectional,
            "cell": self.cell,
            "normalization": self.normalization,
            "layers": self.layers,
            "dropout": self.dropout,
            "norm_first": self.norm_first,
        }


def _dense(layer, x, shape):
    """As a matrix, so that TensorFlow's CPU adds the bias in the same pass."""
    return keras.ops.reshape(layer(keras.ops.reshape(x, (-1, x.shape[-1]))), shape)


def _repeated(mask, steps):
    """The mask (batch, chunks) once for every step of a chunk, (batch * steps, chunks)."""
    return None if mask is None else keras.ops.repeat(mask, steps, axis=0)
