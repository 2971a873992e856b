"""Conv-TasNet: a learned filterbank around a temporal convolutional network."""

from collections.abc import Callable
from typing import Any

import keras

from keras_sep.layers import (
    AnalysisFilterbank,
    ApplyMask,
    CumulativeLayerNormalization,
    GlobalLayerNormalization,
    MaskHead,
    SynthesisFilterbank,
    TemporalConvBlock,
)
from keras_sep.layers._normalization import normalization_config, normalization_copy
from keras_sep.zoo._reach import filterbank_context, normalization_reach
from keras_sep.zoo._sizes import sized
from keras_sep.zoo.facts import Facts
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
) -> Network:
    """Conv-TasNet, from the waveform of the mixture to the waveform of each source.

    Learned filters instead of an STFT; of their outputs a stack of dilated convolutions, whose
    dilations double from block to block and start again in every repeat, makes one mask a source;
    other learned filters make waveforms of what the masks leave.

    To train it: `PermutationInvariantLoss(SISNR())` for speakers. To separate: `Separator` without
    a `front_end`, and `interchangeable_sources=True` after training with permutations.

    The defaults are the paper's best; its letters are N `filters`, L `kernel_size`, B `bottleneck`,
    H `hidden`, Sc `skip`, P `taps`, X `blocks` and R `repeats`. A mixture that does not end with
    a whole frame is filled up with zeros first.

    Args:
        sources: how many.
        channels: of the audio; all of them go into every filter.
        filters: of the encoder.
        kernel_size: samples that a filter sees.
        stride: samples from one frame to the next.
        bottleneck: features between the blocks.
        hidden: features within a block.
        skip: features that every block adds to the sum which the masks are made of; None to make
            them of the last block's output, as the paper's first version did.
        taps: of the depthwise convolutions; odd unless causal.
        blocks: in a repeat, of dilation 1, 2, 4, ...
        repeats: of all blocks.
        normalization: a layer of which every normalisation is a copy; by default
            `CumulativeLayerNormalization()` when causal, else `GlobalLayerNormalization()`, as in
            the paper. The channel-wise one is `keras.layers.LayerNormalization(epsilon=1e-8)`.
        causal: look back only. A sample of the sources is final `kernel_size` samples after it came
            in: the algorithmic latency.
        mask_activation: "sigmoid", "relu", "softmax" over the sources, or any other of Keras.
        encoder_activation: of the encoder's frames; None for none, "relu" for non-negative ones.
        drop_remainder: leave out samples after the last whole frame, for which the sources are
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
    normalization = normalization_config(normalization, causal)
    default = CumulativeLayerNormalization if causal else GlobalLayerNormalization
    mixture = keras.Input((None, channels), name="mixture")
    # (batch, frames, filters)
    frames = AnalysisFilterbank(
        filters,
        kernel_size,
        stride,
        activation=encoder_activation,
        drop_remainder=drop_remainder,
        name="encoder",
    )(mixture)

    x = normalization_copy(normalization, default, "normalization")(frames)
    x = keras.layers.Dense(bottleneck, name="bottleneck")(x)  # (batch, frames, bottleneck)
    skips = []
    for repeat in range(repeats):
        for block in range(blocks):
            last = (repeat, block) == (repeats - 1, blocks - 1)
            outputs = TemporalConvBlock(
                hidden,
                skip,
                taps,
                dilation=2**block,
                causal=causal,
                normalization=normalization,
                # the masks are made of the skips alone: nothing reads the last residual
                skip_only=skip is not None and last,
                name=f"block_{repeat + 1}_{block + 1}",
            )(x)
            if skip is None:
                x = outputs
            elif last:
                skips.append(outputs)
            else:
                x, skipped = outputs
                skips.append(skipped)
    if skip is not None:
        # (batch, frames, skip)
        x = keras.layers.Add(name="skips")(skips) if len(skips) > 1 else skips[0]

    x = keras.layers.PReLU(
        alpha_initializer=keras.initializers.Constant(0.25), shared_axes=[1, 2], name="activation"
    )(x)
    # (batch, frames, filters, sources)
    masks = MaskHead(filters, sources, activation=mask_activation, name="masks")(x)
    masked = ApplyMask(name="masked")(masks, frames)
    # (batch, samples, channels, sources)
    waveforms = SynthesisFilterbank(channels, kernel_size, stride, name="decoder")(
        masked, like=mixture
    )

    span = (taps - 1) * repeats * (2**blocks - 1)  # frames that the stack reads beyond one
    reach = (span, 0) if causal else (span // 2, span // 2)
    looks = normalization_reach(normalization, default)
    facts = Facts(
        "waveform",
        "waveforms",
        stride=stride,
        context=filterbank_context(kernel_size, stride, reach, looks),
        causal=causal,
    )
    return Network(mixture, waveforms, name=name, facts=facts)
