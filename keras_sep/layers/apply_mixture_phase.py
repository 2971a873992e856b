"""Separated magnitudes to complex spectrograms."""

from typing import Any

import keras

from keras_sep import ops
from keras_sep.layers.post_filter import PostFilter


@keras.saving.register_keras_serializable(package="keras_sep")
class ApplyMixturePhase(PostFilter):
    """Give every source the phase of the mixture.

    For networks that output magnitudes. Those that output masks need `ApplyMask` on the pair alone.

    Call arguments:
        magnitudes: (batch, frames, bins, channels, sources).
        mixture_pair: (real, imag) of the mixture, each (batch, frames, bins, channels).

    Output shape:
        A pair, each (batch, frames, bins, channels, sources).

    Example:

    >>> magnitudes = np.ones((1, 3, 5, 2, 4), "float32")
    >>> mixture = np.zeros((1, 3, 5, 2), "float32"), np.ones((1, 3, 5, 2), "float32")
    >>> real, imag = keras_sep.layers.ApplyMixturePhase()(magnitudes, mixture)
    >>> tuple(real.shape), float(np.max(real)), float(np.min(imag))
    ((1, 3, 5, 2, 4), 0.0, 1.0)
    """

    axes = ("(batch, frames, bins, channels, sources)", "(batch, frames, bins, channels)")
    context_frames = 0

    def call(self, magnitudes: Any, mixture_pair: Any) -> Any:
        magnitudes, mixture_pair = self._enter((magnitudes, mixture_pair))
        return self._leave(ops.apply_mixture_phase(magnitudes, mixture_pair))

    def compute_output_shape(self, magnitudes_shape: Any, mixture_pair_shape: Any) -> Any:
        return tuple(magnitudes_shape), tuple(magnitudes_shape)
