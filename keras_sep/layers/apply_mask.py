"""Real masks on a mixture."""

from typing import Any

import keras

from keras_sep import ops
from keras_sep.layers._axes import WithAxes


@keras.saving.register_keras_serializable(package="keras_sep")
class ApplyMask(WithAxes, keras.Layer):
    """Multiply a mixture by one real mask per source.

    With a pair (real, imag), every source keeps the mixture's phase. Not the product of complex
    numbers, which is `ApplyComplexMask`; not `ApplyMixturePhase`, which takes magnitudes.

    Call arguments:
        masks: (..., sources), with the axes of the mixture before the sources. Masks that all
            channels share, (batch, frames, bins, sources), may lack the channels.
        mixture: (batch, frames, bins, channels), a pair (real, imag) of that, or a learned
            representation (batch, frames, filters).

    Output shape:
        The mixture's with the sources at the end; a pair of it for a pair.

    Example:

    >>> masks = np.random.default_rng(0).dirichlet(np.ones(4), size=(1, 3, 5, 2))
    >>> mixture = np.ones((1, 3, 5, 2), "float32"), np.zeros((1, 3, 5, 2), "float32")
    >>> real, imag = keras_sep.layers.ApplyMask()(masks, mixture)
    >>> tuple(real.shape), bool(np.allclose(np.sum(real, axis=-1), 1))
    ((1, 3, 5, 2, 4), True)
    """

    axes = ("(..., sources)", "(...)")

    def call(self, masks: Any, mixture: Any) -> Any:
        return ops.apply_mask(masks, mixture)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        # for both of a pair; of a single output Keras takes the first
        return previous_mask, previous_mask

    def compute_output_shape(self, masks_shape: Any, mixture_shape: Any) -> Any:
        if isinstance(mixture_shape[0], (tuple, list)):
            return tuple((*shape, masks_shape[-1]) for shape in mixture_shape)
        return (*mixture_shape, masks_shape[-1])
