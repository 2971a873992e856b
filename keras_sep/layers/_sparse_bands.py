"""What sparse down-sampling and up-sampling share: bands of a spectrum, each with a stride."""

import itertools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import keras

from keras_sep._scaled_uniform import scaled_uniform
from keras_sep._validate import (
    require_lists_of_positive_integers,
    require_numbers_from_zero,
    require_odd,
    require_positive_integers,
)
from keras_sep.layers._axes import WithAxes


class Band(NamedTuple):
    """Some neighbouring bins, and what a stride makes of them.

    Args:
        first: First of the bins.
        bins: Number of them.
        stride: Bins that become one.
    """

    first: int
    bins: int
    stride: int

    @property
    def fewer(self) -> int:
        """Number of bins after the strides, of which the last may be incomplete."""
        return -(-self.bins // self.stride)

    @property
    def zeros(self) -> tuple[int, int]:
        """Zeros below and above the bins that let the stride divide them."""
        missing = self.fewer * self.stride - self.bins
        return missing // 2, missing - missing // 2


def bands_of(bins: int, shares: Sequence[float], strides: Sequence[int]) -> list[Band]:
    """The bands of a spectrum of so many bins; the last one ends where the bins end."""
    stops = [math.ceil(bins * share) for share in itertools.accumulate(shares[:-1])] + [bins]
    bands = [
        Band(first, stop - first, stride)
        for first, stop, stride in zip([0, *stops], stops, strides, strict=False)
    ]
    if min(band.bins for band in bands) < 1:
        raise ValueError(
            f"`shares` must leave every band a bin. Received: shares={tuple(shares)} of {bins} bins"
        )
    return bands


class SparseLayer(WithAxes, keras.Layer):
    """Base class of `SparseDownsampling` and `SparseUpsampling`.

    Args:
        filters: number of output features.
        shares: share of the bins of each band, from the lowest on.
        strides: bins of each band that become one.
        kernel_size: kernel size where the stride is one, odd.
    """

    axes: tuple = ("(batch, frames, bins, features)",)
    at_least_one = ("batch", "frames")

    def __init__(
        self,
        filters: int,
        shares: Sequence[float] = (0.175, 0.392, 0.433),
        strides: Sequence[int] = (1, 4, 16),
        kernel_size: int = 3,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        require_positive_integers(filters=filters)
        require_lists_of_positive_integers(strides=strides)
        require_shares(shares, strides)
        require_odd(kernel_size=kernel_size)
        self.filters = filters
        self.shares = tuple(shares)
        self.strides = tuple(strides)
        self.kernel_size = kernel_size

    def build(self, input_shape: Any) -> None:
        features = input_shape[-1]
        self._bands = self._bands_of(input_shape[2])
        self.kernels: list[Any] = []
        self.biases: list[Any] = []
        for n, band in enumerate(self._bands):
            taps = self.kernel_size if band.stride == 1 else band.stride
            for weights, name, shape in (
                (self.kernels, "kernel", (taps, features, self.filters)),
                (self.biases, "bias", (self.filters,)),
            ):
                start = scaled_uniform(taps * features, None)
                weights.append(self.add_weight(shape=shape, initializer=start, name=f"{name}_{n}"))

    def _bands_of(self, bins):
        """The bands of an input of so many bins."""
        raise NotImplementedError

    def _convolved(self, x, kernel, bias):
        """The convolution along bins of a stride of one."""
        return keras.ops.conv(x, kernel[None], padding="same") + bias

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "shares": self.shares,
            "strides": self.strides,
            "kernel_size": self.kernel_size,
        }


def require_shares(shares: Any, strides: Any) -> None:
    """Raise unless there is a share for each stride, and all together are one."""
    wrong = not isinstance(shares, (list, tuple)) or len(shares) != len(strides)
    if not wrong:
        require_numbers_from_zero(**{f"shares[{n}]": share for n, share in enumerate(shares)})
    if wrong or abs(sum(shares) - 1) > 1e-3:
        raise ValueError(
            "`shares` must be one number for each stride, which sum to 1. "
            f"Received: shares={shares!r}, strides={strides!r}"
        )
