"""Cases of the normalisations, the convolution blocks, and what U-Nets join and stretch."""

from cases.case import DIMS, SEQUENCE, SPECTRUM, Case
from keras_sep import layers

LAYERS = {
    "ConvMaskHead": Case(((None, 6),), lambda x: layers.ConvMaskHead(3)(x), masked=True),
    "CropConcatenate": Case((SEQUENCE, (None, DIMS)), lambda *x: layers.CropConcatenate()(x)),
    "CumulativeLayerNormalization": Case(
        (SPECTRUM,), lambda x: layers.CumulativeLayerNormalization()(x), masked=True, causal=True
    ),
    "GatedConvBlock": Case(
        (SEQUENCE,),
        lambda x: layers.GatedConvBlock(
            7, skip_filters=3, kernel_size=2, dilation=2, causal=True, use_bias=True
        )(x),
        masked=True,
        causal=True,
    ),
    "GlobalLayerNormalization": Case(
        (SPECTRUM,), lambda x: layers.GlobalLayerNormalization()(x), masked=True
    ),
    "InstanceNormalization": Case(
        (SPECTRUM,), lambda x: layers.InstanceNormalization()(x), masked=True
    ),
    "LinearUpsampling": Case(
        (SEQUENCE,), lambda x: layers.LinearUpsampling(3, padding="same")(x), masked=True
    ),
    "LinearUpsampling, learned": Case(
        (SEQUENCE,), lambda x: layers.LinearUpsampling(3, learned=True)(x), masked=True
    ),
    "TemporalConvBlock": Case(
        (SEQUENCE,),
        lambda x: layers.TemporalConvBlock(7, skip_filters=3, dilation=2)(x),
        masked=True,
    ),
    "TemporalConvBlock, causal": Case(
        (SEQUENCE,),
        lambda x: layers.TemporalConvBlock(7, skip_filters=3, dilation=2, causal=True)(x),
        masked=True,
        causal=True,
    ),
    "UConvBlock": Case((SEQUENCE,), lambda x: layers.UConvBlock(7, depth=3)(x), masked=True),
    "UConvBlock, improved": Case(
        (SEQUENCE,), lambda x: layers.UConvBlock(7, depth=2, improved=True)(x), masked=True
    ),
    "UNetDecoderBlock": Case((SPECTRUM,), lambda x: layers.UNetDecoderBlock(3)(x)),
    "UNetEncoderBlock": Case((SPECTRUM,), lambda x: layers.UNetEncoderBlock(3)(x)),
}
