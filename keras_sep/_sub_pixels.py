"""A transposed convolution with few filters as convolutions of what it reads."""

from typing import Any

import numpy as np
from keras import ops


def sub_pixels(x: Any, kernel: Any, strides: tuple[int, int]) -> Any:
    """Transposed convolution with "same" padding, without bias.

    Each of the steps that a stride apart leave between two inputs is a convolution of the inputs: a
    channel of its own, until they are laid side by side. Rows come first, the sums over columns
    then, which are of few channels.

    Args:
        x: (batch, height, width, channels).
        kernel: (kernel height, kernel width, filters, channels).
        strides: Steps from one input to the next, down and across.

    Returns:
        (batch, height * strides[0], width * strides[1], filters).
    """
    down, across = (_taps(*pair) for pair in zip(kernel.shape[:2], strides, strict=True))
    filters, channels = kernel.shape[2:]
    rows = ops.einsum("jdk,kwoi->jiwod", ops.cast(down, x.dtype), kernel)
    rows = ops.reshape(rows, (len(down), 1, channels, -1))
    columns = np.einsum("jew,oO,dD->jwodDeO", across, np.eye(filters), np.eye(strides[0])).reshape(
        1, len(across), rows.shape[-1], -1
    )
    x = ops.conv(x, rows, padding="same", data_format="channels_last")
    x = ops.conv(x, ops.cast(columns, x.dtype), padding="same", data_format="channels_last")
    batch, height, width, _ = ops.shape(x)
    x = ops.reshape(x, (batch, height, width, *strides, filters))
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
    return ops.reshape(x, (batch, height * strides[0], width * strides[1], filters))


def _taps(size: int, stride: int) -> np.ndarray:
    """Which of `size` taps an output, so far from its input, has on each input around that one.

    (inputs, stride, size) of zeros and ones, with as many inputs before as after.
    """
    first = max(size - stride, 0) // 2  # the tap of an input on the output at its own place
    reach = max((size - 1 - first) // stride, (first + stride - 1) // stride)
    taps = np.zeros((2 * reach + 1, stride, size))
    for tap in range(size):
        before, place = divmod(tap - first, stride)
        taps[reach - before, place, tap] = 1
    return taps
