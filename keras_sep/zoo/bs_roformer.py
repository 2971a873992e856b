"""Band-Split RoFormer: attention over time and over the bands of a spectrum, and complex masks."""

from collections.abc import Sequence

from keras_sep.ops import adjacent_bands, split_bands
from keras_sep.zoo._roformer import roformer_network
from keras_sep.zoo._sizes import sized
from keras_sep.zoo.network import Network


@sized("mask_layers")
def bs_roformer(
    sources: int = 4,
    channels: int = 2,
    features: int = 384,
    blocks: int = 6,
    time_layers: int = 1,
    band_layers: int = 1,
    heads: int = 8,
    head_size: int = 64,
    hidden: int | None = None,
    mask_hidden: int | None = None,
    mask_layers: int = 1,
    band_widths: Sequence[int] | None = None,
    frame_length: int = 2048,
    hop_length: int = 441,
    fft_length: int | None = None,
    skips: bool = False,
    zero_dc: bool = True,
    dropout: float = 0.0,
    difference: bool = False,
    segment_samples: int | None = None,
    name: str = "bs_roformer",
    variant: str | None = None,
    weights: str | None = None,
) -> Network:
    """Band-Split RoFormer, from the waveform of the mixture to the waveform of each source.

    The spectrogram is split into bands, and a dense layer gives each band of a frame the same
    number of features. Every block attends over the frames of a band, then over the bands of a
    frame, both with rotary positions. Dense layers of each band make one complex mask per source.

    To train it: `SumOfLosses([WaveformLoss(norm="l1"), ComplexSTFTLoss()])`, as published. To
    separate: `Separator` without a `front_end`.

    The defaults are the paper's network for MUSDB18 (L = 6), but for all sources at once; the heads
    of the attention have gates, as in all published weights.

    Args:
        sources: Number of sources. Default 4.
        channels: Number of audio channels. Default 2.
        features: Number of features of a band. Default 384.
        blocks: Number of blocks, each with attention over time and over bands. Default 6.
        time_layers: Number of transformer layers over time in a block. Default 1.
        band_layers: Number of transformer layers over bands in a block. Default 1.
        heads: Number of attention heads. Default 8.
        head_size: Number of features of a head, even. Default 64.
        hidden: Number of features between the dense layers of a transformer layer. Default: four
            times `features`.
        mask_hidden: Number of features of the hidden layers of the masks. Default: four times
            `features`.
        mask_layers: Number of hidden layers of the masks. Default 1.
        band_widths: Widths of the bands in bins, which are adjacent and sum to the number of bins.
            Default: the paper's 62, scaled to the number of bins.
        frame_length: Frame length of the spectrogram in samples. Default 2048.
        hop_length: Samples from one frame to the next. Default 441.
        fft_length: Samples of the transform; shorter frames are zero-padded. Default:
            `frame_length`.
        skips: Whether the outputs of all earlier blocks are added to the input of a block. Default
            False.
        zero_dc: Whether the lowest bin of every source is zero. Default True.
        dropout: Fraction of the attention weights and of the features of each half of a transformer
            layer that is dropped in training. Default 0.
        difference: Whether the last source is the mixture minus all others, so that all sum to it;
            needs two sources. Default False.
        segment_samples: Length in samples of the excerpts that the network was trained on, which is
            that of the blocks of long files. Inputs of any length are processed as they are.
            Default None.
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
        (batch, samples, channels, sources)

    Example:

    >>> network = keras_sep.zoo.bs_roformer(
    ...     features=6, blocks=1, heads=2, head_size=4, frame_length=64, hop_length=16)
    >>> tuple(network(np.ones((2, 101, 2), "float32")).shape)
    (2, 101, 2, 4)

    Reference:
        Lu et al., "Music source separation with band-split RoPE transformer", 2023.
    """
    bins = (fft_length or frame_length) // 2 + 1
    bands = split_bands(bins) if band_widths is None else adjacent_bands(band_widths)
    if bands[-1][1] != bins:
        raise ValueError(
            f"`band_widths` must sum to the number of bins, {bins}. Received: {bands[-1][1]} bins"
        )
    return roformer_network(
        bands,
        norm_each=False,
        sources=sources,
        channels=channels,
        features=features,
        blocks=blocks,
        time_layers=time_layers,
        band_layers=band_layers,
        heads=heads,
        head_size=head_size,
        hidden=hidden,
        mask_hidden=mask_hidden,
        mask_layers=mask_layers,
        frame_length=frame_length,
        hop_length=hop_length,
        fft_length=fft_length,
        skips=skips,
        zero_dc=zero_dc,
        dropout=dropout,
        difference=difference,
        segment_samples=segment_samples,
        name=name,
    )
