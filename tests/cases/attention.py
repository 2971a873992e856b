"""Cases of attention with rotary positions."""

from cases.case import SEQUENCE, Case
from keras_sep import layers

BANDS = (None, 3, 5)  # (frames, bands, features)

LAYERS = {
    "ConvSwiGLU": Case((BANDS,), lambda x: layers.ConvSwiGLU(7, 4)(x), weights=4),
    "ConvSwiGLU, over bands": Case((BANDS,), lambda x: layers.ConvSwiGLU(7, 3, 2)(x), weights=4),
    "LocoformerBlock": Case(
        ((None, 3, 6),), lambda x: layers.LocoformerBlock(2, 4, 7, 3, 2, groups=2)(x), weights=13
    ),
    "RMSGroupNormalization": Case(
        ((None, 3, 6),), lambda x: layers.RMSGroupNormalization(2)(x), weights=1
    ),
    "RotaryAttention": Case(
        (SEQUENCE,), lambda x: layers.RotaryAttention(2, 4, interleaved=False)(x), weights=2
    ),
    "RotaryTransformerBlock": Case(
        (BANDS,), lambda x: layers.RotaryTransformerBlock(2, 4, 12, norm_out=True)(x), weights=11
    ),
    "RotaryTransformerBlock, over bands": Case(
        (BANDS,),
        lambda x: layers.RotaryTransformerBlock(3, 2, 7, axis=2, gated=False)(x),
        weights=8,
    ),
}
