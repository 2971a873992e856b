"""Cases of attention with rotary positions."""

from cases.case import SEQUENCE, Case
from keras_sep import layers

BANDS = (None, 3, 5)  # (frames, bands, features)

LAYERS = {
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
