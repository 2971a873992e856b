"""A decoder's features and those of the encoder, summed and gated."""

from typing import Any

import keras
from keras import ops

from keras_sep._scaled_uniform import scaled_uniform
from keras_sep._validate import require_odd
from keras_sep.layers._axes import WithAxes


@keras.saving.register_keras_serializable(package="keras_sep")
class GatedFusion(WithAxes, keras.Layer):
    """Sum two spectra of features, convolve the sum over frames and bins, and gate the result.

    The gate is a linear unit: half of the convolution's outputs, times the sigmoid of the others.
    The convolution reads the sum twice, as the paper's does; since equal inputs share the sum of
    their kernels, it costs as much as if it read the sum once.

    Args:
        kernel_size: Kernel size in frames and in bins, odd. Default 3.

    Call arguments:
        inputs: (batch, frames, bins, features).
        skip: the other spectrum, of that shape.

    Output shape:
        That shape.

    Example:

    >>> x = np.ones((1, 7, 5, 4), "float32")
    >>> tuple(keras_sep.layers.GatedFusion()(x, x).shape)
    (1, 7, 5, 4)

    Reference: Tong et al., "SCNet: sparse compression network for music source separation", 2024,
    section 2.2; Dauphin et al., "Language modeling with gated convolutional networks", 2017, for
    the gated linear unit.
    """

    axes = ("(batch, frames, bins, features)",) * 2
    at_least_one = ("batch", "frames")

    def __init__(self, kernel_size: int = 3, **kwargs: Any):
        super().__init__(**kwargs)
        require_odd(kernel_size=kernel_size)
        self.kernel_size = kernel_size

    def build(self, inputs_shape: Any, skip_shape: Any) -> None:
        wide, taps = 2 * inputs_shape[-1], (self.kernel_size, self.kernel_size)
        for name, shape in (("kernel", (*taps, wide, wide)), ("bias", (wide,))):
            start = scaled_uniform(taps[0] * taps[1] * wide, None)
            setattr(self, name, self.add_weight(shape=shape, initializer=start, name=name))

    def call(self, inputs: Any, skip: Any) -> Any:
        kernel = ops.add(*ops.split(ops.convert_to_tensor(self.kernel), 2, axis=2))
        x = ops.conv(inputs + skip, kernel, padding="same") + self.bias
        return ops.glu(x, axis=-1)

    def compute_output_shape(self, inputs_shape: Any, skip_shape: Any) -> Any:
        return tuple(inputs_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "kernel_size": self.kernel_size}
