"""Complex masks on a complex mixture."""

from typing import Any

import keras

from keras_sep import ops
from keras_sep.layers._spectral import SpectralLayer


@keras.saving.register_keras_serializable(package="keras_sep")
class ApplyComplexMask(SpectralLayer):
    """Multiply a complex mixture by one complex mask per source: magnitude and phase both change.

    Call arguments:
        mask_pair: (real, imag), each (batch, frames, bins, channels, sources), or without channels
            if all of them share a mask.
        mixture_pair: (real, imag) of the mixture, each (batch, frames, bins, channels).

    Output shape:
        A pair, each (batch, frames, bins, channels, sources).

    Example: a quarter turn of 1 + 0j.

    >>> zeros, ones = np.zeros((1, 3, 5, 2, 4), "float32"), np.ones((1, 3, 5, 2, 4), "float32")
    >>> mixture = ones[..., 0], zeros[..., 0]
    >>> real, imag = keras_sep.layers.ApplyComplexMask()((zeros, ones), mixture)
    >>> tuple(real.shape), float(np.max(real)), float(np.min(imag))
    ((1, 3, 5, 2, 4), 0.0, 1.0)

    Reference: Williamson, Wang and Wang, "Complex ratio masking for monaural speech separation",
    2016, section III.
    """

    axes = ("(..., sources)", "(...)")

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, mask_pair: Any, mixture_pair: Any) -> Any:
        return self._leave(ops.apply_complex_mask(*self._enter((mask_pair, mixture_pair))))

    def compute_output_shape(self, mask_pair_shape: Any, mixture_pair_shape: Any) -> Any:
        return tuple((*shape, mask_pair_shape[0][-1]) for shape in mixture_pair_shape)
