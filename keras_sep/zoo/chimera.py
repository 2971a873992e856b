"""Chimera: one recurrent trunk under two heads, one that clusters and one that masks."""

from collections.abc import Callable
from typing import Any

import keras

from keras_sep.layers import ApplyMask, EmbeddingHead, MaskHead
from keras_sep.zoo._recurrent_trunk import recurrent_facts, recurrent_trunk
from keras_sep.zoo._sizes import sized
from keras_sep.zoo.network import Network


@sized()
def chimera(
    sources: int = 2,
    bins: int = 129,
    channels: int = 1,
    dims: int = 20,
    units: int = 300,
    layers: int = 4,
    cell: str = "lstm",
    bidirectional: bool = True,
    dropout: float = 0.3,
    activation: str | Callable[[Any], Any] | None = "tanh",
    mask_activation: str | Callable[[Any], Any] | None = "sigmoid",
    name: str = "chimera",
    variant: str | None = None,
) -> Network:
    """Chimera, from the magnitude of the mixture to embeddings and to the sources' magnitudes.

    Standardised decibels, recurrent layers, and on top of them the head of `deep_clustering` and
    the head of `mask_inference` side by side. The embeddings help to train the recurrent layers;
    the masks separate.

    To train it, give `compile` a loss and a weight for each head, and `fit` a dict of targets with
    the same names:

    - Chimera (Luo et al., music): `DeepClusteringLoss` on `ops.clustering_target`, and
      `SpectrogramLoss` on magnitudes, `mask_activation="softmax"`.
    - Chimera++ (Wang et al., speakers): `WhitenedKMeansLoss`, weight 0.975, on
      `ops.clustering_target(..., weighting=ops.magnitude_ratio)`, and
      `PermutationInvariantLoss(SpectrogramLoss(norm="l1"))`, weight 0.025, on
      `ops.truncated_phase_sensitive_approximation`. The size is
      `variant="chimera++"`; 8 kHz, frames of 32 ms every 8 ms (129 bins), excerpts of 400 frames.

    To separate: `Separator` around the estimates, with its usual `ApplyMixturePhase`, and
    `interchangeable_sources=True` after training with permutations. Around the embeddings, with
    `ClusterMasks`, it separates by k-means.

    Args:
        sources: Number of sources. Default 2.
        bins: Number of bins of the spectrogram, `frame_length // 2 + 1`. Default 129.
        channels: Number of audio channels. The recurrent layers read all of them together; each has
            its own masks, and they share the embedding of a bin. Default 1.
        dims: Dimensions of the embeddings. Default 20.
        units: Units of each recurrent layer in each direction. Default 300.
        layers: Number of recurrent layers. Default 4.
        cell: Kind of the recurrent layers: "lstm" or "gru". Default "lstm".
        bidirectional: Whether to read the frames in both directions. Otherwise the network is
            causal. Default True.
        dropout: Fraction of the features dropped between recurrent layers in training. Default 0.3.
        activation: Activation of the embeddings before they are normalised. Default "tanh".
        mask_activation: Activation of the masks: "sigmoid", "relu", "softmax" over the sources, or
            any other of Keras. Default "sigmoid".
        name: Name of the model.
        variant: Name of a published size, one of those that `keras-sep models` lists. It sets the
            arguments that are not given. Default None.

    Returns:
        A functional `keras.Model` whose output is a dict. A Keras mask (batch, frames) given as
        `mask` marks padding, which then changes nothing.

    Input shape:
        (batch, frames, bins, channels), non-negative

    Output shape:
        `{"embeddings": (batch, frames, bins, dims),
        "estimates": (batch, frames, bins, channels, sources)}`

    Example:

    >>> from keras_sep.losses import PermutationInvariantLoss, SpectrogramLoss, WhitenedKMeansLoss
    >>> network = keras_sep.zoo.chimera(sources=2, bins=17, dims=7, units=5, layers=2)
    >>> outputs = network(np.ones((2, 11, 17, 1), "float32"))
    >>> tuple(outputs["embeddings"].shape), tuple(outputs["estimates"].shape)
    ((2, 11, 17, 7), (2, 11, 17, 1, 2))
    >>> network.compile(
    ...     "adam",
    ...     loss={
    ...         "embeddings": WhitenedKMeansLoss(),
    ...         "estimates": PermutationInvariantLoss(SpectrogramLoss(norm="l1")),
    ...     },
    ...     loss_weights={"embeddings": 0.975, "estimates": 0.025},
    ... )

    Reference:
        Luo, Chen, Hershey, Le Roux and Mesgarani, "Deep clustering and conventional networks for
        music separation: stronger together", 2017; Wang, Le Roux and Hershey, "Alternative
        objective functions for deep clustering", 2018.
    """
    mixture = keras.Input((None, bins, channels), name="mixture")
    # (batch, frames, units * directions)
    x = recurrent_trunk(mixture, units, layers, cell, bidirectional, dropout)
    # (batch, frames, bins, dims)
    embeddings = EmbeddingHead(bins, dims, activation=activation, name="embeddings")(x)
    # (batch, frames, bins, channels, sources)
    masks = MaskHead(bins, sources, channels, activation=mask_activation, name="masks")(x)
    estimates = ApplyMask(name="estimates")(masks, mixture)
    outputs = {"embeddings": embeddings, "estimates": estimates}
    returns = {"embeddings": "embeddings", "estimates": "magnitudes"}
    return Network(mixture, outputs, name=name, facts=recurrent_facts(returns, bidirectional))
