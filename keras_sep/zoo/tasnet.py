"""TasNet: a gated learned filterbank around recurrent layers."""

import functools
from collections.abc import Callable
from typing import Any

import keras

from keras_sep.layers import (
    AnalysisFilterbank,
    ApplyMask,
    LevelNormalization,
    MaskHead,
    RecurrentStack,
    SynthesisFilterbank,
)
from keras_sep.layers._normalization import normalization_config, normalization_copy
from keras_sep.zoo._reach import ALL, filterbank_context, normalization_reach
from keras_sep.zoo._sizes import sized
from keras_sep.zoo.facts import Facts
from keras_sep.zoo.network import Network

PAIR = 2  # layers that a skip connection spans


@sized()
def tasnet(
    sources: int = 2,
    channels: int = 1,
    filters: int = 500,
    kernel_size: int = 40,
    stride: int = 40,
    units: int | None = None,
    layers: int = 4,
    residual: bool = True,
    dropout: float = 0.0,
    normalization: Any = None,
    causal: bool = False,
    unit_level: bool = True,
    mask_activation: str | Callable[[Any], Any] | None = "softmax",
    drop_remainder: bool = False,
    name: str = "tasnet",
) -> Network:
    """TasNet, from the waveform of the mixture to the waveform of each source.

    Learned filters instead of an STFT, each with a gate of its own, so that their outputs are not
    negative; LSTMs and a dense layer make one mask a source, and other learned filters make
    waveforms of what the masks leave. For the convolutional network of the same name see
    `conv_tasnet`.

    To train it: `PermutationInvariantLoss(SISNR())` for speakers. To separate: `Separator` without
    a `front_end`, and `interchangeable_sources=True` after training with permutations.

    The defaults are the paper's. Its letters are N `filters` and L `kernel_size`; segments do not
    overlap.

    Args:
        sources: how many.
        channels: of the audio; all of them go into every filter.
        filters: of the encoder, and as many gates.
        kernel_size: samples in a segment, that a filter sees.
        stride: samples from one segment to the next.
        units: of each LSTM in each direction; by default 1000 when causal, else 500.
        layers: of LSTMs.
        residual: add what enters every pair of LSTMs after the first pair to what leaves it.
        dropout: fraction of the features dropped between LSTMs, in training.
        normalization: of the encoder's outputs, a layer; by default
            `keras.layers.LayerNormalization(epsilon=1e-8)`, within every segment, as in the paper.
        causal: look back only: LSTMs in one direction. A sample of the sources is final
            `kernel_size` samples after it came in: the algorithmic latency.
        unit_level: gates and masks see every segment at one level, as in the paper. There the
            filters do, too, and the sources are given their level back: here what the masks are
            multiplied with has kept it.
        mask_activation: "softmax" over the sources, "sigmoid", "relu", or any other of Keras.
        drop_remainder: leave out samples after the last whole segment, for which the sources are
            silent, instead of filling up the mixture with zeros.
        name: of the model.

    Returns:
        A functional `keras.Model`. A Keras mask (batch, samples) given as `mask` marks padding,
        which then changes nothing.

    Input shape:
        (batch, samples, channels)

    Output shape:
        (batch, samples, channels, sources)

    Example:

    >>> network = keras_sep.zoo.tasnet(filters=7, kernel_size=8, stride=8, units=6)
    >>> tuple(network(np.ones((2, 101, 1), "float32")).shape)
    (2, 101, 1, 2)

    Reference:
        Luo and Mesgarani, "TasNet: time-domain audio separation network for real-time,
        single-channel speech separation", 2018.
    """
    normalization = normalization_config(normalization, causal)
    default = functools.partial(keras.layers.LayerNormalization, epsilon=1e-8)
    if units is None:
        units = 1000 if causal else 500
    mixture = keras.Input((None, channels), name="mixture")

    def filterbank(activation, **kwargs):
        return AnalysisFilterbank(
            filters,
            kernel_size,
            stride,
            activation=activation,
            drop_remainder=drop_remainder,
            **kwargs,
        )(mixture)

    # (batch, frames, filters)
    gates = filterbank("sigmoid", unit_level=unit_level, name="gate")
    frames = keras.layers.Multiply(name="gated")([filterbank("relu", name="encoder"), gates])

    x = LevelNormalization(per_frame=True, name="level")(frames) if unit_level else frames
    x = normalization_copy(normalization, default, "normalization")(x)
    for first in range(0, layers, PAIR):
        inputs = x
        if first:
            x = keras.layers.Dropout(dropout, name=f"dropout_{first // PAIR}")(x)
        # (batch, frames, units * directions)
        x = RecurrentStack(
            units,
            min(PAIR, layers - first),
            bidirectional=not causal,
            dropout=dropout,
            name=f"recurrent_{first // PAIR + 1}",
        )(x)
        if first and residual:
            x = keras.layers.Add(name=f"residual_{first // PAIR}")([inputs, x])

    # (batch, frames, filters, sources)
    masks = MaskHead(filters, sources, activation=mask_activation, name="masks")(x)
    masked = ApplyMask(name="masked")(masks, frames)
    # (batch, samples, channels, sources)
    waveforms = SynthesisFilterbank(channels, kernel_size, stride, name="decoder")(
        masked, like=mixture
    )
    facts = Facts(
        "waveform",
        "waveforms",
        stride=stride,
        context=filterbank_context(
            kernel_size,
            stride,
            (None, 0) if causal else ALL,
            normalization_reach(normalization, default),
        ),
        causal=causal,
    )
    return Network(mixture, waveforms, name=name, facts=facts)
