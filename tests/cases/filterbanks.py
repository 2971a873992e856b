"""Cases of the filterbanks, the framing and the dual-path block."""

import keras

from cases.case import (
    BINS,
    CHANNELS,
    DIMS,
    FEATURES,
    FRAME_LENGTH,
    HOP_LENGTH,
    PAPER,
    SOURCES,
    SPECTRUM,
    STEMS,
    WAVEFORM,
    Case,
)
from keras_sep import layers

WINDOW, HOP = 5, 2  # the hop does not divide the window
CHUNKS = (None, WINDOW, FEATURES)


def window_network():
    """A network of one fixed size that adds an axis of sources and sees the whole window."""
    window = keras.Input((WINDOW, BINS, CHANNELS))
    x = keras.layers.Dense(CHANNELS * SOURCES)(window)
    x = keras.layers.Reshape((WINDOW, BINS, CHANNELS, SOURCES))(x)
    means = keras.layers.GlobalAveragePooling2D()(window)
    means = keras.layers.Reshape((1, 1, CHANNELS, 1))(means)
    return keras.Model(window, keras.layers.Multiply()([x, means]))


LAYERS = {
    "AnalysisFilterbank": Case(
        (WAVEFORM,),
        lambda x: layers.AnalysisFilterbank(DIMS, 11, 4, activation="relu", use_bias=True)(x),
        masked=True,
        weights=2,
    ),
    "AnalysisFilterbank, padded": Case(
        (WAVEFORM,),
        lambda x: layers.AnalysisFilterbank(DIMS, 11, 5, padding=5)(x),
        masked=True,
        weights=1,
    ),
    "AnalysisFilterbank, remainder dropped": Case(
        (WAVEFORM,),
        lambda x: layers.AnalysisFilterbank(DIMS, 11, 5, drop_remainder=True)(x),
        masked=True,
        weights=1,
    ),
    "ConvISTFT": Case(
        (STEMS, STEMS),
        lambda *pair: layers.ConvISTFT(FRAME_LENGTH, HOP_LENGTH, trainable=True)(pair),
        weights=1,
    ),
    "ConvISTFT, of a paper's hop": Case(
        (STEMS, STEMS),
        lambda *pair: layers.ConvISTFT(**PAPER, trainable=True)(pair),
        weights=1,
    ),
    "ConvSTFT": Case(
        (WAVEFORM,),
        lambda x: layers.ConvSTFT(FRAME_LENGTH, HOP_LENGTH, trainable=True)(x),
        weights=1,
    ),
    "ConvSTFT, of a window of one's own": Case(
        (WAVEFORM,),
        lambda x: layers.ConvSTFT(
            **{**PAPER, "window": [1 / (1 + i) for i in range(29)]}, trainable=True
        )(x),
        weights=1,
    ),
    "DualPathBlock": Case((CHUNKS,), lambda x: layers.DualPathBlock(7)(x), masked=True, weights=20),
    "DualPathBlock, its input normalised by frame": Case(
        (CHUNKS,),
        lambda x: layers.DualPathBlock(
            7,
            bidirectional=False,
            cell="gru",
            normalization=keras.layers.LayerNormalization(epsilon=1e-8),
            layers=2,
            dropout=0.1,
            norm_first=True,
        )(x),
        masked=True,
        weights=26,
    ),
    "DualPathTransformerBlock": Case(
        ((None, WINDOW, 6),),
        lambda x: layers.DualPathTransformerBlock(2, 3, 7, dense=True, dropout=0.1)(x),
        masked=True,
        weights=72,
    ),
    "FitLength": Case(
        (SPECTRUM,), lambda x: layers.FitLength()(layers.PadToMultiple(8)(x), like=x), masked=True
    ),
    "GridNetBlock": Case(
        ((None, BINS, 6),),
        lambda x: layers.GridNetBlock(5, heads=2, query_size=3, kernel_size=3, stride=2)(x),
        weights=40,
    ),
    "IRFFT": Case(
        (SPECTRUM, SPECTRUM), lambda *pair: layers.IRFFT(FRAME_LENGTH)(pair), causal=True
    ),
    "JoinWindows": Case(
        ((None, WINDOW, BINS, CHANNELS),),
        lambda x: layers.JoinWindows(HOP, padding=1, cross_fade=True)(x),
        masked=True,
    ),
    "PadToMultiple": Case((SPECTRUM,), lambda x: layers.PadToMultiple(8)(x), masked=True),
    "RFFT": Case(((None, FRAME_LENGTH + 1, CHANNELS),), lambda x: layers.RFFT()(x), causal=True),
    "SplitWindows": Case(
        (SPECTRUM,), lambda x: layers.SplitWindows(WINDOW, HOP, padding=1)(x), masked=True
    ),
    "SplitWindows, pairs": Case(
        (SPECTRUM,), lambda x: layers.SplitWindows(6, 3, padding=3, multiple=2)(x), masked=True
    ),
    "SynthesisFilterbank": Case(
        ((None, FEATURES, SOURCES),),
        lambda x: layers.SynthesisFilterbank(CHANNELS, 11, 4)(x),
        masked=True,
        weights=1,
    ),
    "SynthesisFilterbank, padded": Case(
        ((None, FEATURES, SOURCES),),
        lambda x: layers.SynthesisFilterbank(CHANNELS, 11, 5, padding=5)(x),
        masked=True,
        weights=1,
    ),
    "SynthesisFilterbank, windowed": Case(
        ((None, FEATURES, SOURCES),),
        lambda x: layers.SynthesisFilterbank(CHANNELS, 11, 5, window="sqrt_hann")(x),
        masked=True,
        weights=1,
    ),
    "Windowed": Case(
        (SPECTRUM,),
        lambda x: layers.Windowed(window_network(), WINDOW, HOP, cross_fade=True)(x),
        masked=True,
        weights=2,
    ),
}
