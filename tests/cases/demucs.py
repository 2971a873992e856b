"""Cases of the layers that the Demucs family is made of."""

from cases.case import BINS, CHANNELS, SOURCES, WAVEFORM, Case
from keras_sep import layers

SEQUENCE = (None, 8)
SPECTRUM = (None, BINS, 8)
COMPRESSED = {"compression": 2, "initial_scale": 0.5}

LAYERS = {
    "AlignedISTFT": Case(
        ((None, 16, CHANNELS, SOURCES),) * 2, lambda *x: layers.AlignedISTFT(32)(x)
    ),
    "AlignedSTFT": Case((WAVEFORM,), lambda x: layers.AlignedSTFT(32)(x)),
    "AlignedSTFT, zero-padded": Case(
        (WAVEFORM,), lambda x: layers.AlignedSTFT(32, padding="zeros")(x)
    ),
    "AlignedISTFT, late": Case(
        ((None, 16, CHANNELS, SOURCES),) * 2, lambda *x: layers.AlignedISTFT(32, late=True)(x)
    ),
    "CenterCrop": Case(
        (WAVEFORM,), lambda x: layers.CenterCrop()(layers.PadToValidLength(8, 4, 2)(x), like=x)
    ),
    "CompressedResidual": Case(
        (SPECTRUM,),
        lambda x: layers.CompressedResidual(**COMPRESSED, dilation=2)(x),
        weights=9,
    ),
    "CompressedResidual, recurrent, with attention": Case(
        (SEQUENCE,),
        lambda x: layers.CompressedResidual(**COMPRESSED, recurrent=True, attention=True)(x),
        weights=32,
    ),
    "CompressedResidual, not normalised": Case(
        (SEQUENCE,),
        lambda x: layers.CompressedResidual(**COMPRESSED, normalize=False)(x),
        weights=5,
    ),
    "FrequencyEmbedding": Case((SPECTRUM,), lambda x: layers.FrequencyEmbedding()(x), weights=1),
    "LocalAttention": Case((SEQUENCE,), lambda x: layers.LocalAttention(heads=2)(x), weights=9),
    "PadToLength": Case((WAVEFORM,), lambda x: layers.PadToLength(150)(x)),
    "PadToValidLength": Case((WAVEFORM,), lambda x: layers.PadToValidLength(8, 4, 2, 2)(x)),
    "SincResample": Case((WAVEFORM,), lambda x: layers.SincResample(2, 3, zeros=5)(x)),
    "SinePositions": Case((SEQUENCE,), lambda x: layers.SinePositions()(x)),
    "SinePositions, two-dimensional": Case((SPECTRUM,), lambda x: layers.SinePositions()(x)),
    "Standardize": Case((WAVEFORM,), lambda x: layers.Standardize()(x)[0]),
    "TransformerBlock": Case(
        (SEQUENCE,),
        lambda x: layers.TransformerBlock(2, 12, layer_scale=0.5)(x),
        weights=19,
    ),
    "TransformerBlock, cross": Case(
        (SEQUENCE, SEQUENCE),
        lambda *x: layers.TransformerBlock(2, 12, cross=True, layer_scale=0.5)(x),
        weights=21,
    ),
    "TransformerBlock, normalised after": Case(
        (SEQUENCE,),
        lambda x: layers.TransformerBlock(
            4, 12, norm_first=False, norm_over_time=True, layer_scale=None, activation="relu"
        )(x),
        weights=15,
    ),
    "WindowedRecurrentStack": Case(
        (SEQUENCE,),
        lambda x: layers.WindowedRecurrentStack(1, window_length=8, residual=True)(x),
        weights=8,
    ),
}
