"""Conv-TasNet: a learned filterbank around a temporal convolutional network."""

import itertools
from collections.abc import Callable
from typing import Any

import keras

from keras_sep._normalization_like import normalization_like
from keras_sep.layers import (
    AnalysisFilterbank,
    CumulativeLayerNormalization,
    GlobalLayerNormalization,
    MaskHead,
    SynthesisFilterbank,
    TemporalConvBlock,
)
from keras_sep.zoo._reach import normalization_reach
from keras_sep.zoo._sizes import sized
from keras_sep.zoo._tasnet import masking_network, prelu
from keras_sep.zoo.network import Network


@sized()
def conv_tasnet(
    sources: int = 2,
    channels: int = 1,
    filters: int = 512,
    kernel_size: int = 16,
    stride: int = 8,
    bottleneck: int = 128,
    hidden: int = 512,
    skip: int | None = 128,
    taps: int = 3,
    blocks: int = 8,
    repeats: int = 3,
    normalization: Any = None,
    causal: bool = False,
    mask_activation: str | Callable[[Any], Any] | None = "sigmoid",
    encoder_activation: str | None = None,
    drop_remainder: bool = False,
    name: str = "conv_tasnet",
    variant: str | None = None,
    weights: str | None = None,
) -> Network:
    """Conv-TasNet, from the waveform of the mixture to the waveform of each source.

    A learned filterbank takes the place of the STFT. A stack of dilated convolutions, whose
    dilations double from block to block and start again in every repeat, estimates one mask per
    source from its output; a second filterbank turns the masked representations into waveforms.

    To train it on speakers, use `PermutationInvariantLoss(SISNR())`. To separate, use a `Separator`
    without a `front_end`, and `interchangeable_sources=True` if it was trained in any order.

    The defaults are the paper's best; its letters are N `filters`, L `kernel_size`, B `bottleneck`,
    H `hidden`, Sc `skip`, P `taps`, X `blocks` and R `repeats`. A mixture that does not end with a
    whole frame is zero-padded.

    Args:
        sources: Number of sources. Default 2.
        channels: Number of audio channels; each filter sees all of them. Default 1.
        filters: Number of filters of the encoder. Default 512.
        kernel_size: Length of the filters in samples. Default 16.
        stride: Samples from one frame to the next. Default 8.
        bottleneck: Number of features between the blocks. Default 128.
        hidden: Number of features within a block. Default 512.
        skip: Number of features that every block adds to the sum from which the masks are made;
            None to make them from the last block's output, as the paper's first version did.
            Default 128.
        taps: Kernel size of the depthwise convolutions in frames; odd unless causal. Default 3.
        blocks: Number of blocks in a repeat, of dilation 1, 2, 4, ... Default 8.
        repeats: Number of repeats. Default 3.
        normalization: Layer of which every normalisation is a copy. Default:
            `CumulativeLayerNormalization()` if causal, else `GlobalLayerNormalization()`, as in the
            paper; the channel-wise one is `keras.layers.LayerNormalization(epsilon=1e-8)`.
        causal: Whether to use past samples only. The algorithmic latency is then `kernel_size`
            samples. Default False.
        mask_activation: Activation of the masks: "sigmoid", "relu", "softmax" over the sources, or
            any other of Keras. Default "sigmoid".
        encoder_activation: Activation of the encoder's frames, such as "relu" for non-negative
            ones; None for none. Default None.
        drop_remainder: Whether to drop the samples after the last whole frame, where the sources
            are then silent, instead of zero-padding the mixture. Default False.
        name: Name of the model.
        variant: Name of a published size, one of those that `keras-sep models` lists. It sets the
            arguments that are not given. Default None.
        weights: Name of published weights, one of those that `keras_sep.presets()` lists. They set
            all arguments; those that are given must agree. Default None, new weights.

    Returns:
        A functional `keras.Model`. A Keras mask (batch, samples) given as `mask` marks padding,
        which then changes nothing.

    Input shape:
        (batch, samples, channels)

    Output shape:
        (batch, samples, channels, sources)

    Example:

    >>> network = keras_sep.zoo.conv_tasnet(
    ...     filters=7, bottleneck=5, hidden=6, skip=5, blocks=2, repeats=1)
    >>> tuple(network(np.ones((2, 101, 1), "float32")).shape)
    (2, 101, 1, 2)

    Reference:
        Luo and Mesgarani, "Conv-TasNet: surpassing ideal time-frequency magnitude masking for
        speech separation", 2019.
    """
    if not causal and taps % 2 == 0:
        raise ValueError(f"`taps` must be odd unless causal. Received: taps={taps}")
    encoder = AnalysisFilterbank(
        filters,
        kernel_size,
        stride,
        activation=encoder_activation,
        drop_remainder=drop_remainder,
        name="encoder",
    )
    default = CumulativeLayerNormalization if causal else GlobalLayerNormalization
    norm = normalization_like(normalization, default, causal=causal)

    def block(repeat, number, skip_only=False):
        return TemporalConvBlock(
            hidden,
            skip,
            taps,
            dilation=2**number,
            causal=causal,
            normalization=normalization,
            skip_only=skip_only,
            name=f"block_{repeat + 1}_{number + 1}",
        )

    def masker(frames):
        x = keras.layers.Dense(bottleneck, name="bottleneck")(norm(frames))
        *earlier, last = itertools.product(range(repeats), range(blocks))
        skips = []
        for place in earlier:
            x = block(*place)(x)  # (batch, frames, bottleneck)
            if skip is not None:
                x, skipped = x
                skips.append(skipped)
        # the masks are made from the skips alone: nothing reads the last residual
        x = block(*last, skip_only=skip is not None)(x)
        if skips:
            x = keras.layers.Add(name="skips")([*skips, x])  # (batch, frames, skip)
        return MaskHead(filters, sources, activation=mask_activation, name="masks")(prelu(x))

    decoder = SynthesisFilterbank(channels, kernel_size, stride, name="decoder")
    span = (taps - 1) * repeats * (2**blocks - 1)  # frames that the stack reads beyond one
    reach = (span, 0) if causal else (span // 2, span // 2)
    reaches = (reach, normalization_reach(norm))
    return masking_network(encoder, masker, decoder, name, reaches=reaches, causal=causal)
