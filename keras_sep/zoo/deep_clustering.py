"""Deep clustering: a recurrent network that gives every bin a vector, near those of its source."""

from collections.abc import Callable
from typing import Any

import keras

from keras_sep.layers import EmbeddingHead
from keras_sep.zoo._recurrent_trunk import recurrent_facts, recurrent_trunk
from keras_sep.zoo._sizes import sized
from keras_sep.zoo.network import Network


@sized()
def deep_clustering(
    bins: int = 129,
    channels: int = 1,
    dims: int = 20,
    units: int = 300,
    layers: int = 4,
    cell: str = "lstm",
    bidirectional: bool = True,
    dropout: float = 0.3,
    activation: str | Callable[[Any], Any] | None = "tanh",
    name: str = "deep_clustering",
    variant: str | None = None,
) -> Network:
    """Deep clustering, from the magnitude of the mixture to an embedding of each bin.

    Standardised decibels, recurrent layers, and embeddings of unit length. The network does not
    know how many sources there are.

    To train it: `DeepClusteringLoss`, or `WhitenedKMeansLoss`, on `ops.clustering_target`, which
    leaves silent bins out; `weighting=ops.magnitude_ratio` gives loud bins more weight. To
    separate: `Separator` with `post_filter=ClusterMasks(sources)`, which finds the clusters by
    k-means inside the model, and `interchangeable_sources=True`.

    The variants are the networks of Hershey et al. and of Isik et al., for speakers at 8 kHz with
    frames of 32 ms every 8 ms (129 bins); the latter's excerpts grow from 100 to 400 frames as
    training goes on.

    Args:
        bins: Number of bins of the spectrogram, `frame_length // 2 + 1`. Default 129.
        channels: Number of audio channels. The recurrent layers read all of them together; a bin
            has one embedding for all. Default 1.
        dims: Dimensions of the embeddings. Default 20.
        units: Units of each recurrent layer in each direction. Default 300.
        layers: Number of recurrent layers. Default 4.
        cell: Kind of the recurrent layers: "lstm" or "gru". Default "lstm".
        bidirectional: Whether to read the frames in both directions. Otherwise the network is
            causal; the k-means that follows is not, as it depends on all frames. Default True.
        dropout: Fraction of the features dropped between recurrent layers in training. Default 0.3.
        activation: Activation of the embeddings before they are normalised. Default "tanh".
        name: Name of the model.
        variant: Name of a published size, one of those that `keras-sep models` lists. It sets the
            arguments that are not given. Default None.

    Returns:
        A functional `keras.Model`. A Keras mask (batch, frames) given as `mask` marks padding,
        which then changes nothing.

    Input shape:
        (batch, frames, bins, channels), non-negative

    Output shape:
        (batch, frames, bins, dims)

    Example:

    >>> network = keras_sep.zoo.deep_clustering(bins=17, dims=7, units=5, layers=2)
    >>> tuple(network(np.ones((2, 11, 17, 1), "float32")).shape)
    (2, 11, 17, 7)
    >>> stft, k_means = keras_sep.layers.STFT(32, 8), keras_sep.layers.ClusterMasks(sources=2)
    >>> separator = keras_sep.Separator(network, 8000, ("a", "b"), stft, k_means)
    >>> tuple(separator(np.ones((2, 101, 1), "float32")).shape)
    (2, 101, 1, 2)

    Reference:
        Hershey, Chen, Le Roux and Watanabe, "Deep clustering: discriminative embeddings for
        segmentation and separation", 2016; Isik et al., "Single-channel multi-speaker separation
        using deep clustering", 2016.
    """
    mixture = keras.Input((None, bins, channels), name="mixture")
    # (batch, frames, units * directions)
    x = recurrent_trunk(mixture, units, layers, cell, bidirectional, dropout)
    # (batch, frames, bins, dims)
    embeddings = EmbeddingHead(bins, dims, activation=activation, name="embeddings")(x)
    return Network(
        mixture, embeddings, name=name, facts=recurrent_facts("embeddings", bidirectional)
    )
