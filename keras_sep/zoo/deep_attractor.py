"""Deep attractor network: embeddings that are drawn to one point a source."""

from collections.abc import Callable
from typing import Any

import keras

from keras_sep.layers import AnchoredAttractorMasks, ApplyMask, EmbeddingHead
from keras_sep.zoo._recurrent_trunk import recurrent_facts, recurrent_trunk
from keras_sep.zoo._sizes import sized
from keras_sep.zoo.facts import Facts
from keras_sep.zoo.network import Network


@sized()
def deep_attractor(
    bins: int = 129,
    channels: int = 1,
    dims: int = 20,
    units: int = 300,
    layers: int = 4,
    cell: str = "lstm",
    bidirectional: bool = True,
    dropout: float = 0.3,
    activation: str | Callable[[Any], Any] | None = "tanh",
    sources: int = 2,
    anchors: int | None = None,
    name: str = "deep_attractor",
    variant: str | None = None,
) -> Network:
    """Deep attractor network, from the magnitude of the mixture to embeddings or to the sources.

    Standardised decibels, recurrent layers, and embeddings of any length. A source's mask is the
    softmax over the sources of the inner products of embeddings and attractors. Where the
    attractors come from makes two networks:

    - `anchors=None` (Chen et al.): the output is the embeddings. In training the attractors are the
      means of each source's embeddings, known from the stems: `DeepAttractorLoss` on
      `ops.deep_attractor_target`. In separation k-means finds them: `Separator` with
      `post_filter=AttractorMasks(sources)`. The network does not know how many sources there are.
    - `anchors=6` (Luo et al.): learned points in the embedding space lead to the attractors, in
      training and separation alike, and the output is the sources' magnitudes: see
      `AnchoredAttractorMasks`. To train it: `PermutationInvariantLoss(SpectrogramLoss(norm="l2"))`
      on `ops.magnitude_spectrum_approximation` or another target. To separate: `Separator` with its
      usual `ApplyMixturePhase`.

    In both `interchangeable_sources=True` suits the `Separator`.

    The size of Chen et al. is `variant="danet"`, for speakers at 8 kHz with frames of 32 ms every 8
    ms (129 bins).

    Args:
        bins: Number of bins of the spectrogram, `frame_length // 2 + 1`. Default 129.
        channels: Number of audio channels. The recurrent layers read all of them together; they
            share embeddings and masks. Default 1.
        dims: Dimensions of the embeddings. Default 20.
        units: Units of each recurrent layer in each direction. Default 300.
        layers: Number of recurrent layers. Default 4.
        cell: Kind of the recurrent layers: "lstm" or "gru". Default "lstm".
        bidirectional: Whether to read the frames in both directions. Otherwise the embeddings are
            causal; the attractors are not, as they depend on all frames. Default True.
        dropout: Fraction of the features dropped between recurrent layers in training. Default 0.3.
        activation: Activation of the embeddings. Default "tanh".
        sources: Number of sources, with `anchors`; without, the post-filter has its own. Default 2.
        anchors: Number of learned points, at least `sources`; None to output the embeddings.
            Default None.
        name: Name of the model.
        variant: Name of a published size, one of those that `keras-sep models` lists. It sets the
            arguments that are not given. Default None.

    Returns:
        A functional `keras.Model`. A Keras mask (batch, frames) given as `mask` marks padding,
        which then changes nothing.

    Input shape:
        (batch, frames, bins, channels), non-negative

    Output shape:
        (batch, frames, bins, dims); with anchors (batch, frames, bins, channels, sources)

    Example:

    >>> x = np.ones((2, 11, 17, 1), "float32")
    >>> network = keras_sep.zoo.deep_attractor(bins=17, dims=7, units=5, layers=2)
    >>> tuple(network(x).shape)
    (2, 11, 17, 7)
    >>> stft, k_means = keras_sep.layers.STFT(32, 8), keras_sep.layers.AttractorMasks(sources=2)
    >>> separator = keras_sep.Separator(network, 8000, ("a", "b"), stft, k_means)
    >>> network = keras_sep.zoo.deep_attractor(bins=17, dims=7, units=5, sources=3, anchors=6)
    >>> tuple(network(x).shape)
    (2, 11, 17, 1, 3)

    Reference:
        Chen, Luo and Mesgarani, "Deep attractor network for single-microphone speaker separation",
        2017; Luo, Chen and Mesgarani, "Speaker-independent speech separation with deep attractor
        network", 2018.
    """
    mixture = keras.Input((None, bins, channels), name="mixture")
    # (batch, frames, units * directions)
    x = recurrent_trunk(mixture, units, layers, cell, bidirectional, dropout)
    # (batch, frames, bins, dims)
    embeddings = EmbeddingHead(
        bins, dims, activation=activation, unit_norm=False, name="embeddings"
    )(x)
    if anchors is None:
        return Network(
            mixture, embeddings, name=name, facts=recurrent_facts("embeddings", bidirectional)
        )
    # (batch, frames, bins, 1, sources)
    masks = AnchoredAttractorMasks(sources, anchors, name="masks")(embeddings, mixture)
    # (batch, frames, bins, channels, sources)
    estimates = ApplyMask(name="estimates")(masks, mixture)
    # attractors are means over all frames
    return Network(mixture, estimates, name=name, facts=Facts("magnitude", "magnitudes"))
