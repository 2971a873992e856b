"""Cases of the layers that SCNet is made of."""

import keras

from cases.case import BINS, FEATURES, Case
from keras_sep import layers

FEATURE_MAPS = (None, BINS, FEATURES)
BANDS = {"shares": (0.2, 0.3, 0.5), "strides": (1, 2, 4)}

LAYERS = {
    "CompressedConvBlock": Case(
        (FEATURE_MAPS,), lambda x: layers.CompressedConvBlock(compression=2)(x), weights=10
    ),
    "FourierFeatures": Case((FEATURE_MAPS,), lambda x: layers.FourierFeatures()(x)),
    "FourierFeatures, inverse": Case(
        ((None, BINS, 6),), lambda x: layers.FourierFeatures(inverse=True)(x)
    ),
    "GatedFusion": Case(
        (FEATURE_MAPS, FEATURE_MAPS), lambda *x: layers.GatedFusion()(*x), weights=2
    ),
    "SparseDownsampling": Case(
        (FEATURE_MAPS,),
        lambda x: keras.ops.concatenate(layers.SparseDownsampling(7, **BANDS)(x), axis=2),
        weights=6,
    ),
    "SparseUpsampling": Case(
        ((None, 9, FEATURES),),
        lambda x: layers.SparseUpsampling(7, bins=BINS, **BANDS)(x),
        weights=6,
    ),
}
