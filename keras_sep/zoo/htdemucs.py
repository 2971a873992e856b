"""Hybrid Transformer Demucs: Hybrid Demucs with a transformer between the two branches."""

import keras

from keras_sep.layers import FitLength, PadToLength
from keras_sep.zoo._cross_transformer import cross_transformer, project
from keras_sep.zoo._hybrid_demucs import (
    analyze,
    decode,
    encode,
    samples_between_starts,
    synthesize,
)
from keras_sep.zoo._hybrid_levels import hybrid_levels
from keras_sep.zoo._sizes import sized
from keras_sep.zoo.facts import Facts
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
    name: str = "htdemucs",
    variant: str | None = None,
) -> Network:
    """Hybrid Transformer Demucs, from the mixture's waveform to the waveform of each source.

    The outer levels of Hybrid Demucs; between encoders and decoders both branches stay sequences,
    of all frames and bins the one, of frames of the waveform the other, and go through transformer
    blocks: attention to themselves and to each other in turns.

    To train it: `WaveformLoss(norm="l1")`. To separate: `Separator` without a `front_end`.

    The defaults are those of `demucs.htdemucs.HTDemucs`; published weights have
    `decoder_branches=True`, `bottom_channels=512`, and were trained on segments of 343980 samples.

    Args:
        sources: how many.
        channels: of the audio.
        filters: of the first convolution of the spectrogram.
        time_filters: likewise of the waveform; None for as many. More or fewer want
            `bottom_channels`.
        growth: filters of a convolution for one filter of the one before.
        frame_length: of the spectrogram, in samples; a hop is a quarter.
        depth: strided convolutions of either branch; so few that several bins are left.
        rewrite: add a second convolution to every block.
        frequency_embedding: weight of a learned vector for every frequency after the first block;
            0 for none.
        embedding_scale: what those vectors' learned numbers are multiplied with.
        kernel_size: taps of the strided convolutions; twice the stride.
        stride: of them.
        context: neighbours on either side that the decoder's gated convolutions look at, in time
            and frequency.
        encoder_context: likewise in the encoder.
        norm_starts: block from which on convolutions are group-normalised, counted from 0; at
            least 1.
        norm_groups: groups of features for that.
        encoder_branches: `CompressedResidual`s in the encoder's blocks.
        decoder_branches: likewise in the decoder's.
        branch_depth: of them in a block, of dilation 1, 2, 4, ...
        compression: features of a block for one feature in its branches.
        initial_scale: of the branches' outputs.
        bottom_channels: features in the transformer; None for as many as the encoders put out.
        blocks: of the transformer, in each branch; 0 for no transformer.
        heads: of its attention.
        hidden_scale: features between a block's dense layers for one feature of the transformer.
        cross_first: begin with the attention to each other.
        norm_in: normalise every frame that enters the transformer.
        norm_over_time: normalise over time and features in the blocks, not frame by frame.
        norm_first: normalise what enters either half of a block, instead of what leaves it.
        norm_out: with `norm_first`, normalise every block's output over time and features.
        layer_scale: what the scales of the halves' outputs start from; None for no such scales.
        dropout: in the transformer.
        gelu: GELU in the transformer's blocks, else ReLU.
        longest_period: of the positional encoding, see `SinePositions`.
        position_weight: likewise.
        rescale: what the deviation of initial weights is moved towards; None to leave it.
        segment_samples: length of the segments that the network was trained with; what is shorter
            is filled up with zeros to it, which published weights want. None for no filling up.
        name: of the model.
        variant: Name of a published size, one of those that `keras-sep models` lists. It sets the
            arguments that are not given. Default None.

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
    levels = hybrid_levels(**locals())
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
    mixture = keras.Input((None, channels), name="mixture")
    segment = mixture
    if segment_samples is not None:
        segment = PadToLength(segment_samples, name="segment")(mixture)
    # (batch, frames, bins, 2 * channels) and (batch, samples, channels)
    (spectrum, *statistics), (waveform, *time_statistics) = analyze(segment, frame_length)
    skips = encode(spectrum, waveform, levels, frequency_embedding, embedding_scale)
    x, time = skips[-1].outputs, skips[-1].time_outputs
    if blocks:
        widths = x.shape[-1], time.shape[-1]
        if bottom_channels:
            x, time = project(x, time, (bottom_channels, bottom_channels), name="widened")
        block = {
            "heads": heads,
            "hidden": int(hidden_scale * x.shape[-1]),
            "norm_first": norm_first,
            "norm_out": norm_out,
            "norm_over_time": norm_over_time,
            "layer_scale": layer_scale,
            "dropout": dropout,
            "activation": "gelu" if gelu else "relu",
        }
        positions = {"longest": longest_period, "weight": position_weight}
        x, time = cross_transformer(x, time, blocks, block, positions, cross_first, norm_in)
        if bottom_channels:
            x, time = project(x, time, widths, name="narrowed")
    x, time = decode(skips, channels * sources, x, time)
    stems = synthesize(x, time, statistics, time_statistics, like=segment, sources=sources)
    if segment_samples is not None:
        stems = FitLength(name="fitted")(stems, like=mixture)
    stride_samples = samples_between_starts(levels, frame_length)
    facts = Facts("waveform", "waveforms", stride=stride_samples, segment=segment_samples)
    return Network(mixture, stems, name=name, facts=facts)
