"""Hybrid Transformer Demucs: Hybrid Demucs with a transformer between the two branches."""

from keras_sep.zoo._cross_transformer import cross_transformer, project
from keras_sep.zoo._hybrid_demucs import hybrid_network
from keras_sep.zoo._hybrid_levels import hybrid_levels
from keras_sep.zoo._sizes import sized
from keras_sep.zoo.network import Network


@sized(
    *("context", "encoder_context", "norm_starts", "blocks"),
    *("initial_scale", "layer_scale", "rescale", "frequency_embedding", "position_weight"),
)
def htdemucs(
    sources: int = 4,
    channels: int = 2,
    filters: int = 48,
    time_filters: int | None = None,
    growth: float = 2,
    frame_length: int = 4096,
    depth: int = 4,
    rewrite: bool = True,
    frequency_embedding: float = 0.2,
    embedding_scale: float = 10.0,
    kernel_size: int = 8,
    stride: int = 4,
    context: int = 1,
    encoder_context: int = 0,
    norm_starts: int = 4,
    norm_groups: int = 4,
    encoder_branches: bool = True,
    decoder_branches: bool = False,
    branch_depth: int = 2,
    compression: float = 8,
    initial_scale: float = 1e-3,
    bottom_channels: int | None = None,
    blocks: int = 5,
    heads: int = 8,
    hidden_scale: float = 4.0,
    cross_first: bool = False,
    norm_in: bool = True,
    norm_over_time: bool = False,
    norm_first: bool = True,
    norm_out: bool = True,
    layer_scale: float | None = 1e-4,
    dropout: float = 0.0,
    gelu: bool = True,
    longest_period: float = 10000.0,
    position_weight: float = 1.0,
    rescale: float | None = 0.1,
    segment_samples: int | None = None,
    complex_spectrum: bool = True,
    name: str = "htdemucs",
    variant: str | None = None,
    weights: str | None = None,
) -> Network:
    """Hybrid Transformer Demucs, from the mixture's waveform to the waveform of each source.

    The outer levels of Hybrid Demucs, with transformer blocks between encoders and decoders. The
    branches enter them as two sequences, one of all frames and bins of the spectrogram, one of
    frames of the waveform, which attend alternately to themselves and to each other.

    To train it: `WaveformLoss(norm="l1")`. To separate: `Separator` without a `front_end`.

    The defaults are those of `demucs.htdemucs.HTDemucs`; published weights are of its
    variants, trained on segments of 39/5 s.

    Args:
        sources: Number of sources. Default 4.
        channels: Number of audio channels. Default 2.
        filters: Number of filters of the first convolution of the spectrogram. Default 48.
        time_filters: Number of filters of the first convolution of the waveform; other than
            `filters`, it requires `bottom_channels`. Default: `filters`.
        growth: Factor by which filters grow per level. Default 2.
        frame_length: Frame length of the spectrogram in samples; a hop is a quarter. Default 4096.
        depth: Number of strided convolutions of either branch; must leave several bins. Default 4.
        rewrite: Whether every block has a second convolution. Default True.
        frequency_embedding: Weight of a learned vector per frequency after the first block; 0 for
            none. Default 0.2.
        embedding_scale: Factor on those learned vectors. Default 10.
        kernel_size: Kernel size of the strided convolutions; twice the stride. Default 8.
        stride: Stride of those convolutions. Default 4.
        context: Neighbours on either side, in time and frequency, that the decoder's gated
            convolutions see. Default 1.
        encoder_context: Neighbours on either side that the encoder's gated convolutions see.
            Default 0.
        norm_starts: Index of the first block with group normalisation, from 0; at least 1. Default
            4.
        norm_groups: Number of groups of that normalisation. Default 4.
        encoder_branches: Whether the encoder's blocks have `CompressedResidual`s. Default True.
        decoder_branches: Whether the decoder's blocks have them. Default False.
        branch_depth: Number of branches in a block, of dilation 1, 2, 4, ... Default 2.
        compression: Features of a block per feature of its branches. Default 8.
        initial_scale: Initial scale of the branches' outputs. Default 1e-3.
        bottom_channels: Number of features in the transformer; None to keep the encoders' width.
            Default None.
        blocks: Number of transformer blocks in each branch; 0 for no transformer. Default 5.
        heads: Number of attention heads. Default 8.
        hidden_scale: Features between a block's dense layers per feature of the transformer.
            Default 4.
        cross_first: Whether the first block attends to the other branch. Default False.
        norm_in: Whether to normalise every frame that enters the transformer. Default True.
        norm_over_time: Whether blocks normalise over time and features, not frame by frame. Default
            False.
        norm_first: Whether either half of a block normalises its input, not its output. Default
            True.
        norm_out: Whether, with `norm_first`, every block's output is normalised over time and
            features. Default True.
        layer_scale: Initial value of the learned scales of the halves' outputs; None for no scales.
            Default 1e-4.
        dropout: Fraction of the features dropped in the transformer in training. Default 0.
        gelu: Whether the transformer's blocks have a GELU, else a ReLU. Default True.
        longest_period: Longest period of the positional encoding, see `SinePositions`. Default
            10000.
        position_weight: Weight of the positional encoding. Default 1.
        rescale: Target standard deviation of the rescaled initial weights; None not to rescale.
            Default 0.1.
        segment_samples: Length in samples of the segments that the network was trained on. Shorter
            input is zero-padded to it, as published weights need. None for no padding. Default
            None.
        complex_spectrum: Whether real and imaginary parts of the spectrogram are channels; else the
            network has magnitudes, whose phase is the mixture's. Default True.
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

    >>> network = keras_sep.zoo.htdemucs(filters=8, frame_length=256, depth=2, blocks=2)
    >>> tuple(network(np.ones((2, 301, 2), "float32")).shape)
    (2, 301, 2, 4)

    Reference:
        Rouard, Massa and Défossez, "Hybrid transformers for music source separation", 2022.
    """
    arguments = locals()
    levels = hybrid_levels(**arguments)
    if not all(level.along_bins and not level.meeting for level in levels):
        raise ValueError(
            "`depth` must leave several bins to the transformer. "
            f"Received: depth={depth}, frame_length={frame_length}, stride={stride}"
        )
    if blocks and bottom_channels is None and time_filters not in (None, filters):
        raise ValueError(
            "`bottom_channels` is required when `time_filters != filters`: both branches have one "
            f"width in the transformer. Received: time_filters={time_filters}, filters={filters}"
        )

    block = {
        "heads": heads,
        "norm_first": norm_first,
        "norm_out": norm_out,
        "norm_over_time": norm_over_time,
        "layer_scale": layer_scale,
        "dropout": dropout,
        "activation": "gelu" if gelu else "relu",
    }
    positions = {"longest": longest_period, "weight": position_weight}

    def transformer(x, time):
        if not blocks:
            return x, time
        widths = x.shape[-1], time.shape[-1]
        if bottom_channels:
            x, time = project(x, time, (bottom_channels, bottom_channels), name="widened")
        sizes = {**block, "hidden": int(hidden_scale * x.shape[-1])}
        x, time = cross_transformer(x, time, blocks, sizes, positions, cross_first, norm_in)
        return project(x, time, widths, name="narrowed") if bottom_channels else (x, time)

    return hybrid_network(levels, between=transformer, **arguments)
