"""A network's last activation when its mask is complex."""

from typing import Any

import keras

from keras_sep import ops
from keras_sep._validate import require_positive_numbers
from keras_sep.layers._spectral import SpectralLayer


@keras.saving.register_keras_serializable(package="keras_sep")
class BoundedComplexMask(SpectralLayer):
    """A complex mask from any complex number O: magnitude `bound * tanh(|O|)`, phase that of O.

    Not tanh of the real and of the imaginary part, which would change the phase: that is
    `ops.compress_complex_mask`, for the targets of `ops.ideal_complex_ratio_mask`.

    Args:
        bound: largest magnitude, which the mask approaches.

    Input shape:
        A pair (real, imag) of tensors of one shape.

    Output shape:
        That pair of shapes.

    Example:

    >>> pair = np.float32([3.0]), np.float32([4.0])
    >>> real, imag = keras_sep.layers.BoundedComplexMask(bound=1.0)(pair)
    >>> round(float(real[0]), 3), round(float(imag[0]), 3)
    (0.6, 0.8)

    Reference: Choi et al., "Phase-aware speech enhancement with deep complex U-Net", 2019,
    section 3.2, where the bound is 1.
    """

    axes = ("(...)",)

    def __init__(self, bound: float = 1.0, **kwargs: Any):
        super().__init__(**kwargs)
        require_positive_numbers(bound=bound)
        self.bound = bound
        self.supports_masking = True

    def call(self, pair: Any) -> Any:
        return self._leave(ops.bounded_complex_mask(self._enter(pair), self.bound))

    def compute_output_shape(self, pair_shape: Any) -> Any:
        return tuple(tuple(shape) for shape in pair_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "bound": self.bound}
