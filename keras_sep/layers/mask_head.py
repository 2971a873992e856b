"""From features to masks."""

from collections.abc import Callable
from typing import Any

import keras

from keras_sep._validate import require_positive_integers
from keras_sep.layers._axes import WithAxes


@keras.saving.register_keras_serializable(package="keras_sep")
class MaskHead(WithAxes, keras.Layer):
    """The last layer of a network that masks: dense, one mask per source, activation.

    In the dense layer's outputs, bins vary slowest, then channels, then sources, as in
    `MaskReshape`. `"sigmoid"` masks lie between 0 and 1, `"relu"` masks have no upper limit, and
    `"softmax"` masks sum to one over the sources. They are not applied: `ApplyMask` does.

    Args:
        bins: number of frequency bins, or of filters of a learned representation.
        sources: number of sources.
        channels: number of channels, or None for masks that all channels share.
        activation: activation of the masks: "sigmoid", "relu", "softmax" (over the sources), or any
            other of Keras.

    Input shape:
        (batch, frames, features)

    Output shape:
        (batch, frames, bins, sources), or (batch, frames, bins, channels, sources).

    Example:

    >>> head = keras_sep.layers.MaskHead(bins=129, sources=2, activation="softmax")
    >>> masks = head(np.random.default_rng(0).random((1, 3, 5)).astype("float32"))
    >>> tuple(masks.shape), bool(np.allclose(np.sum(masks, axis=-1), 1))
    ((1, 3, 129, 2), True)
    """

    axes = ("(batch, frames, features)",)

    def __init__(
        self,
        bins: int,
        sources: int,
        channels: int | None = None,
        activation: str | Callable[[Any], Any] | None = "sigmoid",
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        shared = channels is None
        require_positive_integers(bins=bins, sources=sources, channels=1 if shared else channels)
        self.bins = bins
        self.sources = sources
        self.channels = channels
        self.activation = keras.activations.get(activation)
        self.supports_masking = True
        self.dense = keras.layers.Dense(
            bins * (channels or 1) * sources, dtype=self.dtype_policy, name="dense"
        )

    def build(self, input_shape: Any) -> None:
        self.dense.build(input_shape)

    def call(self, inputs: Any) -> Any:
        x = self.dense(inputs)  # (batch, frames, bins * channels * sources)
        inner = self.compute_output_shape(inputs.shape)[2:]
        x = keras.ops.reshape(x, (*keras.ops.shape(x)[:2], *inner))
        return self.activation(x)  # (batch, frames, bins, channels, sources)

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, frames, _ = input_shape
        channels = () if self.channels is None else (self.channels,)
        return (batch, frames, self.bins, *channels, self.sources)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "bins": self.bins,
            "sources": self.sources,
            "channels": self.channels,
            "activation": keras.activations.serialize(self.activation),
        }
