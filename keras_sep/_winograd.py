"""A convolution over rows of three taps with half the products."""

from typing import Any

import numpy as np
from keras import ops

ROWS, TAPS = 4, 3  # rows of a tile, taps down
# of the rows that a tile needs, of the taps, and of products to rows
INPUTS = np.array(
    [
        [4, 0, -5, 0, 1, 0],
        [0, -4, -4, 1, 1, 0],
        [0, 4, -4, -1, 1, 0],
        [0, -2, -1, 2, 1, 0],
        [0, 2, -1, -2, 1, 0],
        [0, 4, 0, -5, 0, 1],
    ]
)
KERNELS = np.array([[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]]) / 24
OUTPUTS = np.array(
    [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]]
)


def winograd(x: Any, kernel: Any) -> Any:
    """Convolution with "same" padding, without stride, dilation or bias, of three taps down.

    Four rows at a time: six products of sums of rows with sums of taps hold what twelve products of
    rows with taps do. Sums cost passes over the signal, so it pays for many channels.

    Args:
        x: (batch, rows, columns, channels).
        kernel: (3, taps across, channels, filters).

    Returns:
        (batch, rows, columns, filters), to some 1e-5 of the largest value in float32.

    Reference: Lavin and Gray, "Fast algorithms for convolutional neural networks", 2016, F(4, 3),
    along one axis.
    """
    batch, rows, columns, channels = ops.shape(x)
    tiles = -(-rows // ROWS)
    x = ops.pad(x, ((0, 0), (1, ROWS * (tiles + 1) - rows - 1), (0, 0), (0, 0)))
    x = ops.reshape(x, (batch, tiles + 1, ROWS, columns * channels))
    x = ops.concatenate([x[:, :-1], x[:, 1:, : TAPS - 1]], axis=2)
    x = ops.matmul(ops.cast(INPUTS, x.dtype), x)  # (batch, tiles, 6, columns * channels)
    kernels = ops.einsum("ij,jwco->iwco", ops.cast(KERNELS, x.dtype), kernel)
    products = []
    for n in range(len(INPUTS)):
        row = ops.reshape(x[:, :, n], (batch * tiles, 1, columns, channels))
        row = ops.conv(row, kernels[n : n + 1], padding="same", data_format="channels_last")
        products.append(ops.reshape(row, (batch, tiles, 1, columns * row.shape[-1])))
    x = ops.matmul(ops.cast(OUTPUTS, x.dtype), ops.concatenate(products, axis=2))
    x = ops.reshape(x, (batch, ROWS * tiles, columns, kernel.shape[-1]))
    return x[:, :rows]
