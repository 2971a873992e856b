"""The last layer of networks that estimate waveforms, and the source that needs no estimate."""

import keras
from keras import ops


def estimated(features, mixture, sources, difference, activation=None):
    """Waveforms (batch, samples, channels, sources) from features and mixture of equal length.

    With `difference` the last source is the mixture minus all others.
    """
    channels = mixture.shape[-1]
    count = sources - 1 if difference else sources
    stems = keras.layers.Conv1D(channels * count, 1, activation=activation, name="estimates")(
        features
    )
    stems = keras.layers.Reshape((-1, channels, count), name="sources")(stems)
    return all_sources(stems, mixture) if difference else stems


def all_sources(stems, mixture):
    """The stems (batch, samples, channels, sources), and the mixture without them as one more."""
    # layers, not operators: under mixed precision they take the mixture to that of the estimates
    whole = keras.layers.Reshape((-1, mixture.shape[-1], 1), name="whole")(mixture)
    rest = keras.layers.Subtract(name="rest")([whole, ops.sum(stems, axis=-1, keepdims=True)])
    return keras.layers.Concatenate(name="all_sources")([stems, rest])


def check_difference(sources, difference):
    """Raise where nothing would be estimated."""
    if difference and sources < 2:
        raise ValueError(f"`difference` needs at least two `sources`. Received: sources={sources}")
