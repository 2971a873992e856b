"""The last dense layer's output to one mask per source."""

from typing import Any

import keras

from keras_sep._validate import require_positive_integers
from keras_sep.layers._axes import WithAxes


@keras.saving.register_keras_serializable(package="keras_sep")
class MaskReshape(WithAxes, keras.Layer):
    """Reshape a flat last axis to bins and sources, or to bins, channels and sources.

    In the flat axis, bins vary slowest, then channels, then sources. There is no activation, and
    the mixture is not multiplied.

    Args:
        sources: number of sources.
        channels: number of channels, or None for masks that all channels share.

    Input shape:
        (batch, frames, bins * sources), or (batch, frames, bins * channels * sources).

    Output shape:
        (batch, frames, bins, sources), or (batch, frames, bins, channels, sources).

    Example:

    >>> flat = np.zeros((2, 7, 5 * 3 * 4), "float32")
    >>> tuple(keras_sep.layers.MaskReshape(sources=4, channels=3)(flat).shape)
    (2, 7, 5, 3, 4)
    """

    axes = ("(batch, frames, features)",)

    def __init__(self, sources: int, channels: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        require_positive_integers(sources=sources, channels=1 if channels is None else channels)
        self.sources = sources
        self.channels = channels
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        tail = self.compute_output_shape(inputs.shape)[2:]
        return keras.ops.reshape(inputs, (*keras.ops.shape(inputs)[:2], *tail))

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, frames, flat = input_shape
        last = (self.sources,) if self.channels is None else (self.channels, self.sources)
        bins, rest = divmod(flat, self.sources * (self.channels or 1))
        if rest:
            raise ValueError(
                "The last axis must contain bins times sources (times channels). Received: "
                f"input_shape={tuple(input_shape)}, sources={self.sources}, "
                f"channels={self.channels}"
            )
        return (batch, frames, bins, *last)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "sources": self.sources, "channels": self.channels}
