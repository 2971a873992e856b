"""Cases of the normalisations, the convolution blocks, and what U-Nets join and stretch."""

from cases.case import DIMS, SEQUENCE, SPECTRUM, Case
from keras_sep import layers

LAYERS = {
    "ConvMaskHead": Case(((None, 6),), lambda x: layers.ConvMaskHead(3)(x), masked=True, weights=2),
    "CropConcatenate": Case((SEQUENCE, (None, DIMS)), lambda *x: layers.CropConcatenate()(x)),
    "CumulativeLayerNormalization": Case(
        (SPECTRUM,),
        lambda x: layers.CumulativeLayerNormalization()(x),
        masked=True,
        causal=True,
        weights=2,
    ),
    "GatedConvBlock": Case(
        (SEQUENCE,),
        lambda x: layers.GatedConvBlock(
            7, skip_filters=3, kernel_size=2, dilation=2, causal=True, use_bias=True
        )(x),
        masked=True,
        causal=True,
        weights=6,
    ),
    "GlobalLayerNormalization": Case(
        (SPECTRUM,),
        lambda x: layers.GlobalLayerNormalization()(x),
        masked=True,
        weights=2,
    ),
    "GroupConv2D": Case(((None, 7, 6),), lambda x: layers.GroupConv2D(4, groups=2)(x), weights=2),
    "InstanceNormalization": Case(
        (SPECTRUM,),
        lambda x: layers.InstanceNormalization()(x),
        masked=True,
        weights=2,
    ),
    "InstantLayerNormalization": Case(
        (SPECTRUM,),
        lambda x: layers.InstantLayerNormalization()(x),
        causal=True,
        weights=2,
    ),
    "LinearUpsampling": Case(
        (SEQUENCE,), lambda x: layers.LinearUpsampling(3, padding="same")(x), masked=True
    ),
    "LinearUpsampling, learned": Case(
        (SEQUENCE,),
        lambda x: layers.LinearUpsampling(3, learned=True)(x),
        masked=True,
        weights=1,
    ),
    "SplitAndMergeBlock": Case(
        ((None, 7, 6),),
        lambda x: layers.SplitAndMergeBlock(2, depth=1, bottleneck=3)(x),
        weights=20,
    ),
    "TFCTDFBlock": Case((SPECTRUM,), lambda x: layers.TFCTDFBlock(3)(x), weights=13),
    "TemporalConvBlock": Case(
        (SEQUENCE,),
        lambda x: layers.TemporalConvBlock(7, skip_filters=3, dilation=2)(x),
        masked=True,
        weights=14,
    ),
    "TemporalConvBlock, causal": Case(
        (SEQUENCE,),
        lambda x: layers.TemporalConvBlock(7, skip_filters=3, dilation=2, causal=True)(x),
        masked=True,
        causal=True,
        weights=14,
    ),
    "UConvBlock": Case(
        (SEQUENCE,), lambda x: layers.UConvBlock(7, depth=3)(x), masked=True, weights=27
    ),
    "UConvBlock, improved": Case(
        (SEQUENCE,),
        lambda x: layers.UConvBlock(7, depth=2, improved=True)(x),
        masked=True,
        weights=18,
    ),
    "UNetDecoderBlock": Case((SPECTRUM,), lambda x: layers.UNetDecoderBlock(3)(x), weights=4),
    "UNetEncoderBlock": Case((SPECTRUM,), lambda x: layers.UNetEncoderBlock(3)(x), weights=4),
}
