"""SepFormer: a learned filterbank around attention within chunks and across them."""

from collections.abc import Callable
from typing import Any

import keras

from keras_sep.layers import (
    AnalysisFilterbank,
    ApplyMask,
    DualPathTransformerBlock,
    GatedMaskHead,
    GlobalLayerNormalization,
    JoinWindows,
    SplitWindows,
    SynthesisFilterbank,
)
from keras_sep.layers._normalization import normalization_config, normalization_copy
from keras_sep.zoo._sizes import sized
from keras_sep.zoo.facts import Facts
from keras_sep.zoo.network import Network


@sized()
def sepformer(
    sources: int = 2,
    channels: int = 1,
    filters: int = 256,
    kernel_size: int = 16,
    stride: int = 8,
    bottleneck: int = 256,
    chunk_length: int = 250,
    blocks: int = 2,
    layers: int = 8,
    heads: int = 8,
    hidden: int = 1024,
    positions: bool = True,
    norm_first: bool = True,
    residual: bool = True,
    dense: bool = False,
    dropout: float = 0.0,
    normalization: Any = None,
    activation: str | Callable[[Any], Any] | None = "relu",
    mask_activation: str | Callable[[Any], Any] | None = "relu",
    drop_remainder: bool = False,
    name: str = "sepformer",
) -> Network:
    """SepFormer, from the waveform of the mixture to the waveform of each source.

    Learned filters instead of an STFT; their outputs are cut into chunks that overlap by half, and
    every block attends first within each chunk, then across the chunks. The chunks joined again
    make one mask a source; other learned filters make waveforms of what the masks leave.

    To train it: `PermutationInvariantLoss(SISNR())` for speakers. To separate: `Separator` without
    a `front_end`, and `interchangeable_sources=True` after training with permutations.

    The defaults are the paper's; its letters are C `chunk_length`, N `blocks` and K `layers`.

    Args:
        sources: how many.
        channels: of the audio; all of them go into every filter.
        filters: of the encoder, whose outputs a ReLU keeps from being negative.
        kernel_size: samples that a filter sees.
        stride: samples from one frame to the next.
        bottleneck: features between the blocks.
        chunk_length: frames in a chunk, even; chunks overlap by half.
        blocks: how many times chunks are attended to within and across.
        layers: transformer blocks in either half of a block.
        heads: of the attention; they divide `bottleneck`.
        hidden: features between the two dense layers of a transformer block.
        positions: add sines of the position to what enters either half of a block.
        norm_first: the transformer blocks normalise what enters them, not what leaves them.
        residual: add a block's input to what its first half gives.
        dense: a dense layer after either half's transformer.
        dropout: of the transformer blocks.
        normalization: a layer of which every normalisation outside the transformers is a copy; by
            default `GlobalLayerNormalization()`, as in the paper. The channel-wise one is
            `keras.layers.LayerNormalization(epsilon=1e-8)`.
        activation: of the transformer blocks.
        mask_activation: "relu", "sigmoid", "softmax" over the sources, or any other of Keras.
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

    >>> network = keras_sep.zoo.sepformer(
    ...     filters=7, bottleneck=8, chunk_length=10, blocks=1, layers=1, heads=2, hidden=6)
    >>> tuple(network(np.ones((2, 101, 1), "float32")).shape)
    (2, 101, 1, 2)

    Reference:
        Subakan et al., "Attention is all you need in speech separation", 2021.
    """
    if chunk_length % 2:
        raise ValueError(f"`chunk_length` must be even. Received: chunk_length={chunk_length}")
    normalization = normalization_config(normalization)
    hop_length = chunk_length // 2
    mixture = keras.Input((None, channels), name="mixture")
    # (batch, frames, filters)
    frames = AnalysisFilterbank(
        filters,
        kernel_size,
        stride,
        activation="relu",
        drop_remainder=drop_remainder,
        name="encoder",
    )(mixture)

    x = normalization_copy(normalization, GlobalLayerNormalization, "normalization")(frames)
    # (batch, frames, bottleneck)
    features = keras.layers.Dense(bottleneck, use_bias=False, name="bottleneck")(x)
    # (batch, chunks, chunk_length, bottleneck)
    x = SplitWindows(chunk_length, hop_length, padding=hop_length, multiple=2, name="chunks")(
        features
    )
    for block in range(blocks):
        x = DualPathTransformerBlock(
            layers,
            heads,
            hidden,
            positions,
            norm_first,
            residual,
            dense,
            normalization,
            dropout,
            activation,
            name=f"block_{block + 1}",
        )(x)
    x = keras.layers.PReLU(
        alpha_initializer=keras.initializers.Constant(0.25),
        shared_axes=[1, 2, 3],
        name="activation",
    )(x)
    # the mean of the chunks, for the paper's sum: the first layer of the masks takes up the factor
    x = JoinWindows(hop_length, padding=hop_length, name="joined")(x, like=features)

    # (batch, frames, filters, sources)
    masks = GatedMaskHead(filters, sources, activation=mask_activation, name="masks")(x)
    masked = ApplyMask(name="masked")(masks, frames)
    # (batch, samples, channels, sources)
    waveforms = SynthesisFilterbank(channels, kernel_size, stride, name="decoder")(
        masked, like=mixture
    )
    facts = Facts("waveform", "waveforms", stride=stride * hop_length)
    return Network(mixture, waveforms, name=name, facts=facts)
