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


def _sum(counts):
    return None if None in counts else sum(counts)
