"""The transformer block of TF-Locoformer."""

from typing import Any

import keras

from keras_sep.layers._axes import WithAxes
from keras_sep.layers.conv_swiglu import ConvSwiGLU
from keras_sep.layers.rms_group_normalization import RMSGroupNormalization
from keras_sep.layers.rotary_attention import RotaryAttention, axes_of


@keras.saving.register_keras_serializable(package="keras_sep")
class LocoformerBlock(WithAxes, keras.Layer):
    """Attention with rotary positions between two `ConvSwiGLU`, all three residual.

    Each of the three normalises its input by `RMSGroupNormalization`.

    Args:
        heads: number of attention heads.
        head_size: number of features of each head, even.
        hidden: number of features between the convolutions.
        kernel_size: kernel size of the convolutions.
        axis: axis of attention and convolutions: 1, the frames, or 2, the bands. The other is as a
            batch.
        groups: number of groups of the normalisations; must divide the features.
        dropout: fraction of the attention weights, of the features between the convolutions and of
            each part's output that is dropped in training.
        epsilon: small number added to the root mean squares.
        seed: seed of the dropout.

    Input shape:
        (batch, frames[, bands], features)

    Output shape:
        The input's.

    Example:

    >>> x = np.zeros((2, 11, 5, 8), "float32")
    >>> block = keras_sep.layers.LocoformerBlock(2, 4, hidden=12, kernel_size=4, axis=2, groups=4)
    >>> tuple(block(x).shape)
    (2, 11, 5, 8)

    Reference: Saijo et al., "TF-Locoformer: transformer with local modeling by convolution for
    speech separation and enhancement", 2024, figure 1, without the factors of 1/2, as in the
    authors' code.
    """

    at_least_one = ("batch", "frames", "bands")  # for the convolutions

    def __init__(
        self,
        heads: int,
        head_size: int,
        hidden: int,
        kernel_size: int,
        axis: int = 1,
        groups: int = 1,
        dropout: float = 0.0,
        epsilon: float = 1e-5,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.heads = heads
        self.head_size = head_size
        self.hidden = hidden
        self.kernel_size = kernel_size
        self.axis = axis
        self.axes = axes_of(axis)
        self.groups = groups
        self.dropout = dropout
        self.epsilon = epsilon
        self.seed = seed
        policy = {"dtype": self.dtype_policy}
        drops: dict[str, Any] = {"dropout": dropout, "seed": seed, **policy}
        self.norm_1, self.norm_attention, self.norm_2 = (
            RMSGroupNormalization(groups, epsilon, **policy, name=name)
            for name in ("norm_1", "norm_attention", "norm_2")
        )
        self.convolutions_1, self.convolutions_2 = (
            ConvSwiGLU(hidden, kernel_size, axis, **drops, name=name)
            for name in ("convolutions_1", "convolutions_2")
        )
        self.attention = RotaryAttention(heads, head_size, axis, **drops, name="attention")

    def _parts(self):
        """Pairs of a normalisation and what follows it, in their order."""
        return (
            (self.norm_1, self.convolutions_1),
            (self.norm_attention, self.attention),
            (self.norm_2, self.convolutions_2),
        )

    def build(self, input_shape: Any) -> None:
        for norm, part in self._parts():
            norm.build(input_shape)
            part.build(input_shape)

    def call(self, inputs: Any, training: bool = False) -> Any:
        x = inputs
        for norm, part in self._parts():
            x = x + part(norm(x), training=training)
        return x

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "heads": self.heads,
            "head_size": self.head_size,
            "hidden": self.hidden,
            "kernel_size": self.kernel_size,
            "axis": self.axis,
            "groups": self.groups,
            "dropout": self.dropout,
            "epsilon": self.epsilon,
            "seed": self.seed,
        }
