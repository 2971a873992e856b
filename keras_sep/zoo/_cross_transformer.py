"""The transformer between the two branches of Hybrid Transformer Demucs."""

import keras

from keras_sep.layers import SinePositions, TransformerBlock

EPSILON = 1e-5


def cross_transformer(x, time, blocks, block, positions, cross_first, norm_in):
    """Blocks that attend alternately to their own branch and to the other one.

    `block` and `positions` are arguments of `TransformerBlock` and `SinePositions`. The branches
    keep their shapes, (batch, frames, bins, features) and (batch, frames, features).
    """
    bins, features = x.shape[2:]

    def entering(x, name):
        if norm_in:
            x = keras.layers.LayerNormalization(epsilon=EPSILON, name=f"{name}_norm")(x)
        return SinePositions(**positions, name=f"{name}_positions")(x)

    x, time = entering(x, "transformer"), entering(time, "time_transformer")
    x = keras.layers.Reshape((-1, features), name="transformer_sequence")(x)  # frame by frame
    for n in range(blocks):
        cross = n % 2 == (0 if cross_first else 1)
        both = (x, time), (time, x)
        x, time = (
            TransformerBlock(**block, cross=cross, name=f"{branch}_{n + 1}")(
                list(pair) if cross else pair[0]
            )
            for branch, pair in zip(("transformer", "time_transformer"), both, strict=True)
        )
    return keras.layers.Reshape((-1, bins, features), name="transformer_spectrum")(x), time


def project(x, time, features, name):
    """Dense layers that give the branches this pair of numbers of features."""
    x_features, time_features = features
    return (
        keras.layers.Dense(x_features, name=name)(x),
        keras.layers.Dense(time_features, name=f"time_{name}")(time),
    )
