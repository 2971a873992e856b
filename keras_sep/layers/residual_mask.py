"""A mask for what no source claims."""

from typing import Any

import keras

from keras_sep import ops
from keras_sep.layers._axes import WithAxes


@keras.saving.register_keras_serializable(package="keras_sep")
class ResidualMask(WithAxes, keras.Layer):
    """Append one more source, whose mask is one minus the sum of the others: max(1 - sum, 0).

    Not a softmax over one more source: the masks given are unchanged, and if they already sum to
    more than one, so do all together.

    Input shape:
        (..., sources)

    Output shape:
        (..., sources + 1), the residual last.

    Example:

    >>> masks = np.array([[[0.25, 0.5]], [[1.0, 0.5]]], "float32")
    >>> masks = keras_sep.layers.ResidualMask()(masks)
    >>> keras.ops.convert_to_numpy(masks).tolist()
    [[[0.25, 0.5, 0.25]], [[1.0, 0.5, 0.0]]]
    """

    axes = ("(..., sources)",)

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, masks: Any) -> Any:
        return ops.residual_mask(masks)

    def compute_output_shape(self, masks_shape: Any) -> Any:
        return (*masks_shape[:-1], masks_shape[-1] + 1)
