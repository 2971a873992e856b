"""SepReformer: a U-Net of attention and convolutions that splits the speakers halfway."""

from typing import Any

import keras
from keras import ops

from keras_sep.layers import (
    AnalysisFilterbank,
    ApplyMask,
    ConvLocalAttention,
    FitLength,
    GatedConvFeedForward,
    GlobalLayerNormalization,
    PadToMultiple,
    PooledAttention,
    RelativePositions,
    SourceAttention,
    SourceSplit,
    SynthesisFilterbank,
)
from keras_sep.zoo._reach import ALL, filterbank_context
from keras_sep.zoo._sizes import sized
from keras_sep.zoo.facts import Facts
from keras_sep.zoo.network import Network


@sized()
def sepreformer(
    sources: int = 2,
    channels: int = 1,
    filters: int = 256,
    kernel_size: int = 16,
    stride: int = 4,
    bottleneck: int = 128,
    stages: int = 4,
    encoder_blocks: int = 2,
    decoder_blocks: int = 3,
    heads: int = 8,
    local_kernel_size: int = 65,
    reach: int = 2000,
    shared_split: bool = True,
    auxiliary: bool = False,
    dropout: float = 0.05,
    initial_scale: float = 1e-5,
    name: str = "sepreformer",
    variant: str | None = None,
    weights: str | None = None,
) -> Network:
    """SepReformer, from the waveform of the mixture to the waveform of each source.

    A learned filterbank takes the place of the STFT. An encoder of blocks with attention between
    averaged frames and of blocks with long convolutions analyses the mixture at several rates, each
    half the one before. Its features are split into those of each source at every rate; a decoder
    with the same weights for all sources reconstructs them from the lowest rate to the highest,
    with attention between the sources. A second filterbank makes waveforms of them; there is no
    mask.

    To train it on speakers, use `PermutationInvariantLoss(SISNR())`. To separate, use a `Separator`
    without a `front_end`, and `interchangeable_sources=True` if it was trained in any order.

    The defaults are the paper's SepReformer-B; its letters are F_O `filters`, L `kernel_size`, F
    `bottleneck` and R `stages`.

    Args:
        sources: Number of sources. Default 2.
        channels: Number of audio channels; each filter sees all of them. Default 1.
        filters: Number of filters of the encoder, which a GELU follows. Default 256.
        kernel_size: Length of the filters in samples. Default 16.
        stride: Samples from one frame to the next. Default 4.
        bottleneck: Number of features between the blocks. Default 128.
        stages: Number of times that the frames are halved. Default 4.
        encoder_blocks: Pairs of blocks, of attention and convolution, at every rate of the encoder.
            Default 2.
        decoder_blocks: The same of the decoder, each with attention between the sources. Default 3.
        heads: Number of attention heads; must divide `bottleneck`. Default 8.
        local_kernel_size: Kernel size of the long convolutions in frames, odd. Default 65.
        reach: Averaged frames up to which attention tells distances apart. Default 2000.
        shared_split: Whether the same weights split the sources at every rate. Default True.
        auxiliary: Whether to return estimates from before every stage of the decoder too, for
            training: a dict of waveforms, "estimates" and "auxiliary_1" from the lowest rate to the
            highest. These mask what the encoder gave. Default False.
        dropout: Fraction of the features dropped in the blocks in training. Default 0.05.
        initial_scale: Initial value of the learned scale of every feature of every block. Default
            1e-5.
        name: Name of the model.
        variant: Name of a published size, one of those that `keras-sep models` lists. It sets the
            arguments that are not given. Default None.
        weights: Name of published weights, one of those that `keras_sep.presets()` lists. They set
            all arguments; those that are given must agree. Default None, new weights.

    Returns:
        A functional `keras.Model`.

    Input shape:
        (batch, samples, channels)

    Output shape:
        (batch, samples, channels, sources); with `auxiliary` a dict of these.

    Example:

    >>> network = keras_sep.zoo.sepreformer(filters=7, bottleneck=8, stages=2, heads=2)
    >>> tuple(network(np.ones((2, 101, 1), "float32")).shape)
    (2, 101, 1, 2)

    Reference:
        Shin et al., "Separate and reconstruct: asymmetric encoder-decoder for speech separation",
        2024.
    """
    if bottleneck % heads:
        raise ValueError(
            f"`heads` must divide `bottleneck`. Received: heads={heads}, bottleneck={bottleneck}"
        )
    mixture = keras.Input((None, channels), name="mixture")
    filterbank = kernel_size, stride
    # (batch, frames, filters)
    frames = AnalysisFilterbank(filters, *filterbank, activation="gelu", name="encoder")(mixture)
    x = GlobalLayerNormalization(name="normalization")(frames)
    x = keras.layers.Dense(bottleneck, use_bias=False, name="bottleneck")(x)
    x = PadToMultiple(2**stages, name="padding")(x)  # (batch, padded, bottleneck)
    positions = RelativePositions(bottleneck // heads, 2**stages, reach, name="positions")(x)

    usual: dict[str, Any] = {"dropout": dropout, "initial_scale": initial_scale}

    def blocks(x, rate, count, name, decoding=False):
        """Pairs of attention and convolution, with attention between sources after each."""
        for number in range(1, count + 1):
            at = f"{name}_{number}"
            x = PooledAttention(heads, 2**rate, **usual, name=f"{at}_attention")((x, positions))
            x = GatedConvFeedForward(**usual, name=f"{at}_attention_gated")(x)
            x = ConvLocalAttention(local_kernel_size, **usual, name=f"{at}_local")(x)
            x = GatedConvFeedForward(**usual, name=f"{at}_local_gated")(x)
            if decoding:
                x = SourceAttention(heads, **usual, name=f"{at}_sources")(x)
                x = GatedConvFeedForward(**usual, name=f"{at}_sources_gated")(x)
        return x

    count = 1 if shared_split else stages + 1
    splits = [SourceSplit(sources, name=f"split_{number + 1}") for number in range(count)]
    skips = []
    for stage in range(stages):
        x = blocks(x, stages - stage, encoder_blocks, f"encoder_{stage + 1}")
        skips.append(splits[0 if shared_split else stage](x))
        x = _halved(x, f"down_{stage + 1}")  # (batch, padded / 2 ** (stage + 1), bottleneck)
    x = blocks(x, 0, encoder_blocks, "bottom")
    x = splits[-1](x)  # (batch, sources, padded / 2 ** stages, bottleneck)

    def estimated(x, name, repeats=1):
        """Waveforms of the sources, from their features at a rate; from lower ones by masks."""
        x = keras.layers.Dense(4 * bottleneck, name=f"{name}_gating")(x)
        x = keras.layers.Dense(filters, name=f"{name}_frames")(ops.glu(x, axis=-1))
        x = keras.layers.Permute((2, 3, 1), name=f"{name}_permuted")(x)
        if repeats > 1:
            # the authors stretch to the frames' number, which the padded one may exceed
            x = ops.repeat(keras.layers.ReLU(name=f"{name}_masks")(x), repeats, axis=1)
        x = FitLength(name=f"{name}_cropped")(x, like=frames)
        if repeats > 1:
            x = ApplyMask(name=f"{name}_masked")(x, frames)
        # (batch, frames, filters, sources), then (batch, samples, channels, sources)
        return SynthesisFilterbank(channels, *filterbank, name=f"{name}_decoder")(x, like=mixture)

    outputs = {}
    for stage in range(1, stages + 1):
        if auxiliary:
            outputs[f"auxiliary_{stage}"] = estimated(
                x, f"auxiliary_{stage}", repeats=2 ** (stages + 1 - stage)
            )
        x = ops.repeat(x, 2, axis=2)
        x = keras.layers.Concatenate(name=f"skip_{stage}")([x, skips.pop()])
        x = keras.layers.Dense(bottleneck, name=f"fusion_{stage}")(x)
        # (batch, sources, padded / 2 ** (stages - stage), bottleneck)
        x = blocks(x, stage, decoder_blocks, f"decoder_{stage}", decoding=True)
    outputs["estimates"] = estimated(x, "estimates")
    facts = Facts(
        "waveform",
        dict.fromkeys(outputs, "waveforms") if auxiliary else "waveforms",
        stride=stride * 2**stages,
        context=filterbank_context(*filterbank, ALL),
    )
    return Network(mixture, outputs if auxiliary else outputs["estimates"], name=name, facts=facts)


def _halved(x, name):
    """Every second frame of a depthwise convolution, normalised."""
    x = keras.layers.ZeroPadding1D(2, name=f"{name}_padding")(x)
    x = keras.layers.DepthwiseConv1D(5, strides=2, name=name)(x)
    x = keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_norm")(x)
    return keras.layers.Activation("gelu", name=f"{name}_activation")(x)
