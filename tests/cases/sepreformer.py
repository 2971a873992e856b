"""Cases of SepReformer and of the layers that it is made of."""

import keras

from cases.case import CHANNELS, SOURCES, WAVEFORM, Case
from keras_sep import layers, zoo

HEADS, SIZE = 2, 3
FEATURES = HEADS * SIZE
SEQUENCE = (None, FEATURES)
SCALE = {"initial_scale": 0.5}


def attended(x):
    """Averages of three frames, the positions of which end at two of them."""
    x = layers.PadToMultiple(3)(x)
    positions = layers.RelativePositions(SIZE, factor=3, reach=2)(x)
    return layers.PooledAttention(HEADS, factor=3, **SCALE)((x, positions))


def frames_first(x):
    """Time as the harness has it: frames before sources."""
    return keras.layers.Permute((2, 1, 3))(x)


LAYERS = {
    "ConvLocalAttention": Case(
        (SEQUENCE,), lambda x: layers.ConvLocalAttention(5, **SCALE)(x), weights=13
    ),
    "GatedConvFeedForward": Case(
        (SEQUENCE,), lambda x: layers.GatedConvFeedForward(2, **SCALE)(x), weights=9
    ),
    "PooledAttention": Case((SEQUENCE,), attended, weights=12),
    "RelativePositions": Case((SEQUENCE,), attended, weights=12),
    "SourceAttention": Case(
        (SEQUENCE,),
        lambda x: frames_first(
            layers.SourceAttention(HEADS, **SCALE)(layers.SourceSplit(SOURCES)(x))
        ),
        weights=13,
    ),
    "SourceSplit": Case(
        (SEQUENCE,), lambda x: frames_first(layers.SourceSplit(SOURCES)(x)), weights=6
    ),
}

MODELS = {
    "sepreformer": Case(
        (WAVEFORM,),
        lambda x: zoo.sepreformer(
            SOURCES,
            CHANNELS,
            filters=7,
            kernel_size=5,
            stride=2,
            bottleneck=FEATURES,
            stages=1,
            encoder_blocks=1,
            decoder_blocks=1,
            heads=HEADS,
            local_kernel_size=5,
            reach=23,
            dropout=0.0,
            **SCALE,
        )(x),
        weights=164,
        traced=False,
    ),
}
