"""The Fourier transform of features along time."""

from typing import Any

import keras

from keras_sep import ops
from keras_sep._validate import require_flags
from keras_sep.layers._spectral import SpectralLayer


@keras.saving.register_keras_serializable(package="keras_sep")
class FourierFeatures(SpectralLayer):
    """Replace features over time by their spectrum along time, or get them back from it.

    For networks whose layers read features over time and their spectrum in turn: of a recurrent
    layer, every step then belongs to a rate of change instead of a time. Real and imaginary parts
    are features. Not `STFT`, which cuts a waveform into frames: here all frames of a recording are
    transformed at once. The transform is the product with a matrix, orthonormal, in float32.

    Args:
        inverse: whether to get features over time back from their spectrum. Their number of frames
            is then even: pad the signal accordingly. Default False.

    Input shape:
        (batch, frames, ..., features); with `inverse` (batch, frames // 2 + 1, ..., 2 * features)

    Output shape:
        (batch, frames // 2 + 1, ..., 2 * features); with `inverse` (batch, frames, ..., features)

    Example:

    >>> x = np.random.default_rng(0).normal(size=(1, 12, 5, 3)).astype("float32")
    >>> spectrum = keras_sep.layers.FourierFeatures()(x)
    >>> tuple(spectrum.shape)
    (1, 7, 5, 6)
    >>> bool(np.allclose(keras_sep.layers.FourierFeatures(inverse=True)(spectrum), x, atol=1e-5))
    True

    Reference: Tong et al., "SCNet: sparse compression network for music source separation", 2024,
    section 2.3.
    """

    axes = ("(batch, frames, ..., features)",)
    at_least_one = ("frames",)

    def __init__(self, inverse: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        require_flags(inverse=inverse)
        self.inverse = inverse

    def build(self, input_shape: Any) -> None:
        if self.inverse and input_shape[-1] % 2:
            raise ValueError(
                "The features of a spectrum must be real and imaginary parts, an even number. "
                f"Received: input_shape={tuple(input_shape)}"
            )

    def call(self, inputs: Any) -> Any:
        transform = ops.inverse_fourier_features if self.inverse else ops.fourier_features
        return self._leave(transform(self._enter(inputs)))

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, frames, *rest, features = input_shape
        if self.inverse:
            return (batch, None if frames is None else 2 * (frames - 1), *rest, features // 2)
        return (batch, None if frames is None else frames // 2 + 1, *rest, 2 * features)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "inverse": self.inverse}
