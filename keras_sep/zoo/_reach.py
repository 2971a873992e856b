"""How far networks look, by arithmetic."""

import keras

from keras_sep.layers import CumulativeLayerNormalization

ALL = (None, None)  # the whole recording


def normalization_reach(layer):
    """Frames before and after its own that a normalisation reads: 0, or None for all of them.

    Layers of others may read everything.
    """
    if isinstance(layer, CumulativeLayerNormalization):
        return (None, 0)
    frames_alone = (keras.layers.LayerNormalization, keras.layers.BatchNormalization)
    return (0, 0) if isinstance(layer, frames_alone) else ALL


def filterbank_context(kernel_size, stride, *reaches):
    """Samples before and after its own that a network reads whose layers read these frames."""
    frames = [_sum(sides) for sides in zip(*reaches, strict=True)]
    return tuple(None if n is None else n * stride + kernel_size - 1 for n in frames)


def unet_context(depth, kernel_size, stride, context, period, up, down):
    """Samples before and after its own that a U-Net of unpadded strided convolutions reads.

    Args:
        depth: Number of strided convolutions, each with a transposed one of its sizes.
        kernel_size: Kernel size of these.
        stride: Stride of these.
        context: Neighbours on either side that another convolution before a transposed one sees.
        period: Samples after which the network starts anew.
        up: `SincResample` before the network.
        down: `SincResample` after it.
    """

    def inputs_of(first, last, level=1):
        """The first and last input of a level that these outputs of its decoder depend on."""
        first, last = -((kernel_size - 1 - first) // stride) - context, last // stride + context
        if level < depth:
            deeper = inputs_of(first, last, level + 1)
            first, last = min(first, deeper[0]), max(last, deeper[1])
        return first * stride, last * stride + kernel_size - 1

    reads = [up.inputs_of(*inputs_of(*down.inputs_of(n, n))) for n in range(period)]
    return (
        max(n - first for n, (first, _) in enumerate(reads)),
        max(last - n for n, (_, last) in enumerate(reads)),
    )


def _sum(counts):
    return None if None in counts else sum(counts)
