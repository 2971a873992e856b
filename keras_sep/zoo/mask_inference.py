"""Mask inference: a recurrent network that outputs one mask per source."""

from collections.abc import Callable
from typing import Any

import keras

from keras_sep.layers import ApplyMask, MaskHead
from keras_sep.zoo._recurrent_trunk import recurrent_facts, recurrent_trunk
from keras_sep.zoo._sizes import sized
from keras_sep.zoo.network import Network


@sized()
def mask_inference(
    sources: int = 2,
    bins: int = 129,
    channels: int = 1,
    units: int = 300,
    layers: int = 4,
    cell: str = "lstm",
    bidirectional: bool = True,
    dropout: float = 0.3,
    activation: str | Callable[[Any], Any] | None = "sigmoid",
    name: str = "mask_inference",
    variant: str | None = None,
) -> Network:
    """Mask inference, from the magnitude of the mixture to the magnitude of each source.

    Standardised decibels, recurrent layers, and one mask per source on the mixture's magnitude.

    To train it: for speakers, which may come in any order,
    `PermutationInvariantLoss(SpectrogramLoss(norm="l2"))` on `ops.phase_sensitive_approximation` or
    its truncated form; for sources with names (speech and noise) `SpectrogramLoss` alone. To
    separate: `Separator` with its usual `ApplyMixturePhase`, and `interchangeable_sources=True`
    after training with permutations.

    The network of Kolbaek et al. for two speakers at 8 kHz (129 bins) is `variant="upit"`, trained
    on the phase-sensitive target with the mean square. Masks through a sigmoid reach the truncated
    target and no more; through a softmax they split the mixture.

    Args:
        sources: Number of sources. Default 2.
        bins: Number of bins of the spectrogram, `frame_length // 2 + 1`. Default 129.
        channels: Number of audio channels. The recurrent layers read all of them together; each has
            its own masks. Default 1.
        units: Units of each recurrent layer in each direction. Default 300.
        layers: Number of recurrent layers. Default 4.
        cell: Kind of the recurrent layers: "lstm" or "gru". Default "lstm".
        bidirectional: Whether to read the frames in both directions. Otherwise the network is
            causal. Default True.
        dropout: Fraction of the features dropped between recurrent layers in training. Default 0.3.
        activation: Activation of the masks: "sigmoid", "relu", "softmax" over the sources, or any
            other of Keras. Default "sigmoid".
        name: Name of the model.
        variant: Name of a published size, one of those that `keras-sep models` lists. It sets the
            arguments that are not given. Default None.

    Returns:
        A functional `keras.Model`. A Keras mask (batch, frames) given as `mask` marks padding,
        which then changes nothing.

    Input shape:
        (batch, frames, bins, channels), non-negative

    Output shape:
        (batch, frames, bins, channels, sources)

    Example:

    >>> network = keras_sep.zoo.mask_inference(sources=3, bins=17, units=5, layers=2)
    >>> tuple(network(np.ones((2, 7, 17, 1), "float32")).shape)
    (2, 7, 17, 1, 3)

    Reference:
        Kolbaek, Yu, Tan and Jensen, "Multitalker speech separation with utterance-level permutation
        invariant training of deep recurrent neural networks", 2017; Erdogan et al.,
        "Phase-sensitive and recognition-boosted speech separation using deep recurrent neural
        networks", 2015.
    """
    mixture = keras.Input((None, bins, channels), name="mixture")
    # (batch, frames, units * directions)
    x = recurrent_trunk(mixture, units, layers, cell, bidirectional, dropout)
    # (batch, frames, bins, channels, sources)
    masks = MaskHead(bins, sources, channels, activation=activation, name="masks")(x)
    estimates = ApplyMask(name="estimates")(masks, mixture)
    return Network(
        mixture, estimates, name=name, facts=recurrent_facts("magnitudes", bidirectional)
    )
