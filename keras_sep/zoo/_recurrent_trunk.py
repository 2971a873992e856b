"""What the networks that mask and cluster speech have in common, up to their heads."""

import keras

from keras_sep.layers import AmplitudeToDecibel, FlattenBins, RecurrentStack
from keras_sep.zoo._reach import ALL
from keras_sep.zoo.facts import Facts


def recurrent_trunk(mixture, units, layers, cell, bidirectional, dropout):
    """Features (batch, frames, units * directions) of a magnitude (batch, frames, bins, channels).

    The papers standardise every feature by its mean and deviation over the training set. Here
    training estimates both as it goes: batch normalisation, without the scale and shift that the
    recurrent layer's own weights make superfluous.
    """
    x = AmplitudeToDecibel(name="decibels")(mixture)
    x = FlattenBins(name="features")(x)  # (batch, frames, bins * channels)
    # a batch holds thousands of frames, so a few batches tell the statistics
    x = keras.layers.BatchNormalization(
        momentum=0.9, center=False, scale=False, name="standardisation"
    )(x)
    return RecurrentStack(
        units,
        layers,
        cell=cell,
        bidirectional=bidirectional,
        dropout=dropout,
        name="recurrent",
    )(x)


def recurrent_facts(returns, bidirectional):
    """Facts of a recurrent network of magnitudes, which strides over nothing."""
    context = ALL if bidirectional else (None, 0)
    return Facts("magnitude", returns, context=context, causal=not bidirectional)
