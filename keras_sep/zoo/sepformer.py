"""SepFormer: a learned filterbank around attention within chunks and across them."""

from collections.abc import Callable
from typing import Any

import keras

from keras_sep._normalization_like import normalization_like
from keras_sep.layers import (
    AnalysisFilterbank,
    DualPathTransformerBlock,
    GatedMaskHead,
    GlobalLayerNormalization,
    SynthesisFilterbank,
)
from keras_sep.zoo._sizes import sized
from keras_sep.zoo._tasnet import in_chunks, masking_network
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
    variant: str | None = None,
    weights: str | None = None,
) -> Network:
    """SepFormer, from the waveform of the mixture to the waveform of each source.

    A learned filterbank takes the place of the STFT. Its output is split into chunks that overlap
    by half; the transformers of every block attend first within each chunk, then across the chunks.
    The chunks are joined again and give one mask per source; a second filterbank turns the masked
    representations into waveforms.

    To train it on speakers, use `PermutationInvariantLoss(SISNR())`. To separate, use a `Separator`
    without a `front_end`, and `interchangeable_sources=True` if it was trained in any order.

    The defaults are the paper's; its letters are C `chunk_length`, N `blocks` and K `layers`.

    Args:
        sources: Number of sources. Default 2.
        channels: Number of audio channels; each filter sees all of them. Default 1.
        filters: Number of filters of the encoder, whose output a ReLU keeps non-negative. Default
            256.
        kernel_size: Length of the filters in samples. Default 16.
        stride: Samples from one frame to the next. Default 8.
        bottleneck: Number of features between the blocks. Default 256.
        chunk_length: Frames in a chunk, an even number; chunks overlap by half. Default 250.
        blocks: Number of blocks, each within and across chunks. Default 2.
        layers: Transformer blocks in either half of a block. Default 8.
        heads: Number of attention heads; must divide `bottleneck`. Default 8.
        hidden: Number of features between the dense layers of a transformer block. Default 1024.
        positions: Whether to add sinusoidal positions to the input of either half of a block.
            Default True.
        norm_first: Whether transformer blocks normalise their input, not their output. Default
            True.
        residual: Whether to add a block's input to the output of its first half. Default True.
        dense: Whether a dense layer follows the transformer of either half. Default False.
        dropout: Fraction of the features dropped in the transformer blocks in training. Default 0.
        normalization: Layer of which every normalisation outside the transformers is a copy.
            Default: `GlobalLayerNormalization()`, as in the paper; the channel-wise one is
            `keras.layers.LayerNormalization(epsilon=1e-8)`.
        activation: Activation in the transformer blocks. Default "relu".
        mask_activation: Activation of the masks: "relu", "sigmoid", "softmax" over the sources, or
            any other of Keras. Default "relu".
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

    >>> network = keras_sep.zoo.sepformer(
    ...     filters=7, bottleneck=8, chunk_length=10, blocks=1, layers=1, heads=2, hidden=6)
    >>> tuple(network(np.ones((2, 101, 1), "float32")).shape)
    (2, 101, 1, 2)

    Reference:
        Subakan et al., "Attention is all you need in speech separation", 2021.
    """
    if chunk_length % 2:
        raise ValueError(f"`chunk_length` must be even. Received: chunk_length={chunk_length}")
    hop_length = chunk_length // 2
    encoder = AnalysisFilterbank(
        filters,
        kernel_size,
        stride,
        activation="relu",
        drop_remainder=drop_remainder,
        name="encoder",
    )
    norm = normalization_like(normalization, GlobalLayerNormalization)

    def masker(frames):
        x = keras.layers.Dense(bottleneck, use_bias=False, name="bottleneck")(norm(frames))
        dual_path = [
            DualPathTransformerBlock(
                *(layers, heads, hidden, positions, norm_first, residual, dense),
                *(normalization, dropout, activation),
                name=f"block_{number + 1}",
            )
            for number in range(blocks)
        ]
        x = in_chunks(x, dual_path, chunk_length, hop_length, padding=hop_length, multiple=2)
        return GatedMaskHead(filters, sources, activation=mask_activation, name="masks")(x)

    decoder = SynthesisFilterbank(channels, kernel_size, stride, name="decoder")
    return masking_network(encoder, masker, decoder, name, step=hop_length)
