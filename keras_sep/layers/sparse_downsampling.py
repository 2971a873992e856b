"""Fewer bins of a spectrum: of high frequencies more than of low ones."""

from typing import Any

import keras
from keras import ops

from keras_sep._part import part
from keras_sep.layers._sparse_bands import SparseLayer, bands_of


@keras.saving.register_keras_serializable(package="keras_sep")
class SparseDownsampling(SparseLayer):
    """Split a spectrum into bands, and convolve each along its bins with its own stride.

    The ear, and most music, tell low frequencies apart better than high ones: a low band keeps its
    bins, of a high one several become one. Where the stride is more than one, a kernel is as wide,
    so that kernels do not overlap; bands are zero-padded to a multiple of it, evenly on both sides.
    Not `BandSplit`, which makes one vector of a band. `SparseUpsampling` gets the bins back.

    Args:
        filters: Number of output features.
        shares: Share of the bins of each band, from the lowest on; together one. A band ends at the
            next whole bin. Default (0.175, 0.392, 0.433).
        strides: Number of bins of each band that become one. Default (1, 4, 16).
        kernel_size: Kernel size in bins where the stride is one, odd. Default 3.

    Input shape:
        (batch, frames, bins, features)

    Output shape:
        A tuple with one tensor per band, (batch, frames, ceil(bins of the band / stride), filters).

    Example:

    >>> x = np.zeros((1, 7, 2049, 4), "float32")
    >>> [tuple(band.shape) for band in keras_sep.layers.SparseDownsampling(32)(x)]
    [(1, 7, 359, 32), (1, 7, 201, 32), (1, 7, 56, 32)]

    Reference: Tong et al., "SCNet: sparse compression network for music source separation", 2024,
    section 2.1.
    """

    def _bands_of(self, bins):
        return bands_of(bins, self.shares, self.strides)

    def call(self, inputs: Any) -> Any:
        return tuple(
            self._fewer(part(inputs, 2, band.first, band.first + band.bins), band, kernel, bias)
            for band, kernel, bias in zip(self._bands, self.kernels, self.biases, strict=True)
        )

    def _fewer(self, x, band, kernel, bias):
        if band.stride == 1:
            return self._convolved(x, kernel, bias)
        batch, frames, _, features = ops.shape(x)
        # kernels that do not overlap are one product
        x = ops.pad(x, ((0, 0), (0, 0), band.zeros, (0, 0)))
        x = ops.reshape(x, (-1, band.stride * features))
        x = ops.matmul(x, ops.reshape(kernel, (-1, self.filters))) + bias
        return ops.reshape(x, (batch, frames, band.fewer, self.filters))

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, frames, bins, _ = input_shape
        return tuple((batch, frames, band.fewer, self.filters) for band in self._bands_of(bins))
