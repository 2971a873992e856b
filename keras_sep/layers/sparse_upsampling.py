"""The bins of a spectrum that sparse down-sampling made fewer."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_sep._part import part, parts
from keras_sep._validate import require_positive_integers
from keras_sep.layers._sparse_bands import SparseLayer, bands_of


@keras.saving.register_keras_serializable(package="keras_sep")
class SparseUpsampling(SparseLayer):
    """Get the bins of each band back that `SparseDownsampling` made fewer.

    It has the bands of that layer's output, one after the other, and a transposed convolution for
    each, cropped evenly on both sides where bins were zero-padded.

    Args:
        filters: Number of output features.
        bins: Number of bins to return.
        shares: Shares of `SparseDownsampling`. Default (0.175, 0.392, 0.433).
        strides: Strides of `SparseDownsampling`. Default (1, 4, 16).
        kernel_size: Kernel size in bins where the stride is one, odd. Default 3.

    Input shape:
        (batch, frames, fewer bins, features)

    Output shape:
        (batch, frames, bins, filters)

    Example:

    >>> x = np.zeros((1, 7, 359 + 201 + 56, 32), "float32")
    >>> tuple(keras_sep.layers.SparseUpsampling(4, bins=2049)(x).shape)
    (1, 7, 2049, 4)

    Reference: Tong et al., "SCNet: sparse compression network for music source separation", 2024,
    section 2.2.
    """

    def __init__(
        self,
        filters: int,
        bins: int,
        shares: Sequence[float] = (0.175, 0.392, 0.433),
        strides: Sequence[int] = (1, 4, 16),
        kernel_size: int = 3,
        **kwargs: Any,
    ):
        super().__init__(filters, shares, strides, kernel_size, **kwargs)
        require_positive_integers(bins=bins)
        self.bins = bins

    def _bands_of(self, bins):
        bands = bands_of(self.bins, self.shares, self.strides)
        wanted = sum(band.fewer for band in bands)
        if bins != wanted:
            raise ValueError(
                f"The input must have the {wanted} bins that the strides leave of {self.bins}. "
                f"Received: {bins} bins"
            )
        return bands

    def call(self, inputs: Any) -> Any:
        inputs = parts(inputs, 2, [band.fewer for band in self._bands])
        weights = zip(inputs, self._bands, self.kernels, self.biases, strict=True)
        return ops.concatenate([self._more(*one) for one in weights], axis=2)

    def _more(self, x, band, kernel, bias):
        if band.stride == 1:
            return self._convolved(x, kernel, bias)
        batch, frames, fewer, features = ops.shape(x)
        # every bin to as many as the stride, in one product
        kernel = ops.reshape(ops.transpose(kernel, (1, 0, 2)), (features, -1))
        x = ops.matmul(ops.reshape(x, (-1, features)), kernel) + ops.tile(bias, band.stride)
        x = ops.reshape(x, (batch, frames, fewer * band.stride, self.filters))
        first, _ = band.zeros
        return part(x, 2, first, first + band.bins)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape[:2], self.bins, self.filters)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "bins": self.bins}
