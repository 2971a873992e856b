"""DPRNN-TasNet: a learned filterbank around recurrence within chunks and across them."""

from collections.abc import Callable
from typing import Any

import keras

from keras_sep.layers import (
    AnalysisFilterbank,
    ApplyMask,
    DualPathBlock,
    GatedMaskHead,
    GlobalLayerNormalization,
    JoinWindows,
    SplitWindows,
    SynthesisFilterbank,
)
from keras_sep.layers._normalization import normalization_config, normalization_copy
from keras_sep.zoo._reach import ALL, filterbank_context, normalization_reach
from keras_sep.zoo._sizes import sized
from keras_sep.zoo.facts import Facts
from keras_sep.zoo.network import Network


@sized()
def dprnn_tasnet(
    sources: int = 2,
    channels: int = 1,
    filters: int = 64,
    kernel_size: int = 16,
    stride: int = 8,
    bottleneck: int = 64,
    units: int = 128,
    chunk_length: int = 100,
    hop_length: int | None = None,
    blocks: int = 6,
    layers: int = 1,
    cell: str = "lstm",
    bidirectional: bool = True,
    dropout: float = 0.0,
    normalization: Any = None,
    mask_activation: str | Callable[[Any], Any] | None = "sigmoid",
    encoder_activation: str | None = None,
    drop_remainder: bool = False,
    name: str = "dprnn_tasnet",
) -> Network:
    """DPRNN-TasNet, from the waveform of the mixture to the waveform of each source.

    Learned filters instead of an STFT; their outputs are cut into chunks that overlap by half, and
    every block reads first within each chunk, then across the chunks. The chunks joined again make
    one mask a source; other learned filters make waveforms of what the masks leave.

    To train it: `PermutationInvariantLoss(SISNR())` for speakers. To separate: `Separator` without
    a `front_end`, and `interchangeable_sources=True` after training with permutations.

    The defaults are the paper's for filters of 16 samples; asteroid has `bottleneck=128`. Shorter
    filters are better and slower; the paper's best is `kernel_size=2, stride=1, chunk_length=250`.

    Args:
        sources: how many.
        channels: of the audio; all of them go into every filter.
        filters: of the encoder.
        kernel_size: samples that a filter sees.
        stride: samples from one frame to the next.
        bottleneck: features between the blocks.
        units: of each recurrent layer in each direction.
        chunk_length: frames in a chunk; about the root of twice the number of frames costs least.
        hop_length: frames from one chunk to the next; by default half a chunk.
        blocks: how many times the chunks are read within and across.
        layers: recurrent layers on top of each other in either half of a block.
        cell: "lstm" or "gru".
        bidirectional: also read the chunks from the last to the first. Without it the network is
            still not causal, as it normalises over all time.
        dropout: fraction of the features dropped between a half's `layers`, in training.
        normalization: a layer of which every normalisation is a copy; by default
            `GlobalLayerNormalization()`, as in the paper. The channel-wise one is
            `keras.layers.LayerNormalization(epsilon=1e-8)`.
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

    >>> network = keras_sep.zoo.dprnn_tasnet(
    ...     filters=7, bottleneck=5, units=6, chunk_length=10, blocks=2)
    >>> tuple(network(np.ones((2, 101, 1), "float32")).shape)
    (2, 101, 1, 2)

    Reference:
        Luo, Chen and Yoshioka, "Dual-path RNN: efficient long sequence modeling for time-domain
        single-channel speech separation", 2020. The gate of the masks is that of its successors and
        of asteroid.
    """
    normalization = normalization_config(normalization)
    hop_length = chunk_length // 2 if hop_length is None else hop_length
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

    x = normalization_copy(normalization, GlobalLayerNormalization, "normalization")(frames)
    features = keras.layers.Dense(bottleneck, name="bottleneck")(x)  # (batch, frames, bottleneck)
    # (batch, chunks, chunk_length, bottleneck)
    x = SplitWindows(chunk_length, hop_length, padding=chunk_length, name="chunks")(features)
    for block in range(blocks):
        x = DualPathBlock(
            units, bidirectional, cell, normalization, layers, dropout, name=f"block_{block + 1}"
        )(x)
    x = keras.layers.PReLU(
        alpha_initializer=keras.initializers.Constant(0.25),
        shared_axes=[1, 2, 3],
        name="activation",
    )(x)
    # the mean of the chunks, for the paper's sum: the first layer of the masks takes up the factor
    x = JoinWindows(hop_length, padding=chunk_length, name="joined")(x, like=features)

    # (batch, frames, filters, sources)
    masks = GatedMaskHead(filters, sources, activation=mask_activation, name="masks")(x)
    masked = ApplyMask(name="masked")(masks, frames)
    # (batch, samples, channels, sources)
    waveforms = SynthesisFilterbank(channels, kernel_size, stride, name="decoder")(
        masked, like=mixture
    )
    facts = Facts(
        "waveform",
        "waveforms",
        stride=stride * hop_length,
        context=filterbank_context(
            kernel_size,
            stride,
            ALL if bidirectional else (None, chunk_length - 1),  # within chunks it is always
            normalization_reach(normalization, GlobalLayerNormalization),
        ),
    )
    return Network(mixture, waveforms, name=name, facts=facts)
