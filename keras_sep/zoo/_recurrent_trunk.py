"""What the networks that mask and cluster speech have in common, up to their heads."""

import keras

from keras_sep.layers import AmplitudeToDecibel, FlattenBins, RecurrentStack


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
