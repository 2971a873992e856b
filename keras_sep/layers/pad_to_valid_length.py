"""Zeros around a signal, until strided convolutions leave no sample over."""

from typing import Any

import keras
from keras import ops

from keras_sep._sizes import larger
from keras_sep._validate import require_positive_integers
from keras_sep.layers._axes import WithAxes


@keras.saving.register_keras_serializable(package="keras_sep")
class PadToValidLength(WithAxes, keras.Layer):
    """Zero-pad on both sides to a length of which unpadded convolutions use every sample.

    Transposed convolutions of the same sizes then restore the length at every level, and
    `CenterCrop` removes the zeros. An odd number of zeros puts one more after the signal.

    Args:
        kernel_size: kernel size of every convolution.
        stride: samples from one output of a convolution to the next.
        depth: number of convolutions.
        oversampling: factor by which the signal is resampled in between.

    Input shape:
        (batch, time, ...)

    Output shape:
        (batch, longer time, ...)

    Example:

    >>> x = np.ones((2, 101, 3), "float32")
    >>> y = keras_sep.layers.PadToValidLength(kernel_size=8, stride=4, depth=2)(x)
    >>> tuple(y.shape), (((116 - 8) / 4 + 1) - 8) / 4 + 1
    ((2, 116, 3), 6.0)

    Reference: Défossez et al., "Music source separation in the waveform domain", 2019, section 4.1.
    """

    axes = ("(batch, time, ...)",)

    def __init__(
        self, kernel_size: int, stride: int, depth: int, oversampling: int = 1, **kwargs: Any
    ):
        super().__init__(**kwargs)
        require_positive_integers(
            kernel_size=kernel_size, stride=stride, depth=depth, oversampling=oversampling
        )
        self.kernel_size = kernel_size
        self.stride = stride
        self.depth = depth
        self.oversampling = oversampling

    def call(self, inputs: Any) -> Any:
        time = ops.shape(inputs)[1]
        zeros = self._valid(time) - time
        around = (zeros // 2, zeros - zeros // 2)
        return ops.pad(inputs, ((0, 0), around, *[(0, 0)] * (len(inputs.shape) - 2)))

    def _valid(self, time):
        """The next length that leaves nothing over, an integer or a scalar tensor."""
        time = time * self.oversampling
        for _ in range(self.depth):
            time = larger(1 - (self.kernel_size - time) // self.stride, 1)
        for _ in range(self.depth):
            time = (time - 1) * self.stride + self.kernel_size
        return -(-time // self.oversampling)

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, time, *rest = input_shape
        return (batch, None if time is None else self._valid(time), *rest)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "kernel_size": self.kernel_size,
            "stride": self.stride,
            "depth": self.depth,
            "oversampling": self.oversampling,
        }
