"""DPRNN-TasNet: a learned filterbank around recurrence within chunks and across them."""

from collections.abc import Callable
from typing import Any

import keras

from keras_sep._normalization_like import normalization_like
from keras_sep.layers import (
    AnalysisFilterbank,
    DualPathBlock,
    GatedMaskHead,
    GlobalLayerNormalization,
    SynthesisFilterbank,
)
from keras_sep.zoo._reach import ALL, normalization_reach
from keras_sep.zoo._sizes import sized
from keras_sep.zoo._tasnet import in_chunks, masking_network
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
    variant: str | None = None,
    weights: str | None = None,
) -> Network:
    """DPRNN-TasNet, from the waveform of the mixture to the waveform of each source.

    A learned filterbank takes the place of the STFT. Its output is split into chunks that overlap
    by half; the recurrent layers of every block run first within each chunk, then across the
    chunks. The chunks are joined again and give one mask per source; a second filterbank turns the
    masked representations into waveforms.

    To train it on speakers, use `PermutationInvariantLoss(SISNR())`. To separate, use a `Separator`
    without a `front_end`, and `interchangeable_sources=True` if it was trained in any order.

    The defaults are the paper's for filters of 16 samples. Shorter filters are better and slower;
    the paper's best is `variant="kernel_2"`.

    Args:
        sources: Number of sources. Default 2.
        channels: Number of audio channels; each filter sees all of them. Default 1.
        filters: Number of filters of the encoder. Default 64.
        kernel_size: Length of the filters in samples. Default 16.
        stride: Samples from one frame to the next. Default 8.
        bottleneck: Number of features between the blocks. Default 64.
        units: Units of each recurrent layer in each direction. Default 128.
        chunk_length: Frames in a chunk; about the square root of twice the number of frames is
            cheapest. Default 100.
        hop_length: Frames from one chunk to the next. Default: half a chunk.
        blocks: Number of blocks, each within and across chunks. Default 6.
        layers: Recurrent layers in either half of a block. Default 1.
        cell: Kind of the recurrent layers: "lstm" or "gru". Default "lstm".
        bidirectional: Whether layers across chunks also run backwards. Without it the network is
            still not causal, as it normalises over all time. Default True.
        dropout: Fraction of the features dropped between a half's `layers` in training. Default 0.
        normalization: Layer of which every normalisation is a copy. Default:
            `GlobalLayerNormalization()`, as in the paper; the channel-wise one is
            `keras.layers.LayerNormalization(epsilon=1e-8)`.
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

    >>> network = keras_sep.zoo.dprnn_tasnet(
    ...     filters=7, bottleneck=5, units=6, chunk_length=10, blocks=2)
    >>> tuple(network(np.ones((2, 101, 1), "float32")).shape)
    (2, 101, 1, 2)

    Reference:
        Luo, Chen and Yoshioka, "Dual-path RNN: efficient long sequence modeling for time-domain
        single-channel speech separation", 2020. The gate of the masks is that of its successors and
        of asteroid.
    """
    hop_length = chunk_length // 2 if hop_length is None else hop_length
    encoder = AnalysisFilterbank(
        filters,
        kernel_size,
        stride,
        activation=encoder_activation,
        drop_remainder=drop_remainder,
        name="encoder",
    )
    norm = normalization_like(normalization, GlobalLayerNormalization)

    def masker(frames):
        x = keras.layers.Dense(bottleneck, name="bottleneck")(norm(frames))
        dual_path = [
            DualPathBlock(
                *(units, bidirectional, cell, normalization, layers, dropout),
                name=f"block_{number + 1}",
            )
            for number in range(blocks)
        ]
        x = in_chunks(x, dual_path, chunk_length, hop_length, padding=chunk_length)
        return GatedMaskHead(filters, sources, activation=mask_activation, name="masks")(x)

    decoder = SynthesisFilterbank(channels, kernel_size, stride, name="decoder")
    # within chunks the layers are always bidirectional
    reach = ALL if bidirectional else (None, chunk_length - 1)
    reaches = (reach, normalization_reach(norm))
    return masking_network(encoder, masker, decoder, name, reaches=reaches, step=hop_length)
