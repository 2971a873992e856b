"""TasNet: a gated learned filterbank around recurrent layers."""

import functools
from collections.abc import Callable
from typing import Any

import keras

from keras_sep._normalization_like import normalization_like
from keras_sep.layers import (
    AnalysisFilterbank,
    LevelNormalization,
    MaskHead,
    RecurrentStack,
    SynthesisFilterbank,
)
from keras_sep.zoo._reach import ALL, normalization_reach
from keras_sep.zoo._sizes import sized
from keras_sep.zoo._tasnet import masking_network
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
    variant: str | None = None,
) -> Network:
    """TasNet, from the waveform of the mixture to the waveform of each source.

    A learned filterbank takes the place of the STFT; a gate per filter makes its output
    non-negative. LSTMs and a dense layer estimate one mask per source; a second filterbank turns
    the masked representations into waveforms. The convolutional network is `conv_tasnet`.

    To train it on speakers, use `PermutationInvariantLoss(SISNR())`. To separate, use a `Separator`
    without a `front_end`, and `interchangeable_sources=True` if it was trained in any order.

    The defaults are the paper's. Its letters are N `filters` and L `kernel_size`; segments do not
    overlap.

    Args:
        sources: Number of sources. Default 2.
        channels: Number of audio channels; each filter sees all of them. Default 1.
        filters: Number of filters of the encoder, and the same number of gates. Default 500.
        kernel_size: Length of a segment, and of the filters, in samples. Default 40.
        stride: Samples from one segment to the next. Default 40.
        units: Units of each LSTM in each direction. Default: 1000 if causal, else 500.
        layers: Number of LSTM layers. Default 4.
        residual: Whether to add the input of every pair of LSTMs after the first to its output.
            Default True.
        dropout: Fraction of the features dropped between LSTMs in training. Default 0.
        normalization: Layer that normalises the encoder's output. Default:
            `keras.layers.LayerNormalization(epsilon=1e-8)`, within every segment, as in the paper.
        causal: Whether to use past samples only, with LSTMs in one direction. The algorithmic
            latency is then `kernel_size` samples. Default False.
        unit_level: Whether gates and masks see every segment at unit level, as in the paper. There
            the filters do too, and the sources get their level back; here the masks are multiplied
            with a representation that keeps it. Default True.
        mask_activation: Activation of the masks: "softmax" over the sources, "sigmoid", "relu", or
            any other of Keras. Default "softmax".
        drop_remainder: Whether to drop the samples after the last whole segment, where the sources
            are then silent, instead of zero-padding the mixture. Default False.
        name: Name of the model.
        variant: Name of a published size, one of those that `keras-sep models` lists. It sets the
            arguments that are not given. Default None.

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
    filterbank = functools.partial(
        AnalysisFilterbank, filters, kernel_size, stride, drop_remainder=drop_remainder
    )

    def encoder(mixture):
        gates = filterbank("sigmoid", unit_level=unit_level, name="gate")(mixture)
        frames = filterbank("relu", name="encoder")(mixture)
        return keras.layers.Multiply(name="gated")([frames, gates])

    default = functools.partial(keras.layers.LayerNormalization, epsilon=1e-8)
    norm = normalization_like(normalization, default, causal=causal)
    if units is None:
        units = 1000 if causal else 500

    def masker(frames):
        x = LevelNormalization(per_frame=True, name="level")(frames) if unit_level else frames
        x = norm(x)
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
        return MaskHead(filters, sources, activation=mask_activation, name="masks")(x)

    decoder = SynthesisFilterbank(channels, kernel_size, stride, name="decoder")
    reaches = ((None, 0) if causal else ALL, normalization_reach(norm))
    return masking_network(encoder, masker, decoder, name, reaches=reaches, causal=causal)
