"""From the bins of a spectrogram to the features of a frame."""

from typing import Any

import keras

from keras_sep.layers._axes import WithAxes


@keras.saving.register_keras_serializable(package="keras_sep")
class FlattenBins(WithAxes, keras.Layer):
    """Merge bins and channels into one axis of features, for layers that read frames.

    Bins vary slowest and channels fastest; `MaskReshape(sources=channels)` is the inverse. Unlike
    `keras.layers.Reshape`, it propagates the Keras mask that marks padded frames.

    Input shape:
        (batch, frames, bins, channels)

    Output shape:
        (batch, frames, bins * channels)

    Example:

    >>> magnitude = np.zeros((2, 7, 129, 2), "float32")
    >>> tuple(keras_sep.layers.FlattenBins()(magnitude).shape)
    (2, 7, 258)
    """

    axes = ("(batch, frames, bins, channels)",)

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        features = self.compute_output_shape(inputs.shape)[-1]
        return keras.ops.reshape(inputs, (*keras.ops.shape(inputs)[:2], features))

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, frames, bins, channels = input_shape
        if bins is None or channels is None:
            raise ValueError(
                "The numbers of bins and channels must be known. "
                f"Received: input_shape={tuple(input_shape)}"
            )
        return (batch, frames, bins * channels)
