"""Moises-Light: a small U-Net of sub-bands, with rotary attention at its bottom."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_sep._scaled_uniform import fan_in_uniform
from keras_sep._validate import require_odd
from keras_sep.layers import (
    STFT,
    FitLength,
    GroupConv2D,
    PadToMultiple,
    RotaryTransformerBlock,
    SplitAndMergeBlock,
    Standardize,
)
from keras_sep.zoo._estimates import all_sources, check_difference
from keras_sep.zoo._sizes import sized
from keras_sep.zoo._subbands import joined_subbands, subbands_of
from keras_sep.zoo.facts import Facts
from keras_sep.zoo.network import Network


@sized("decoder_blocks", "blocks")
def moises_light(
    sources: int = 4,
    channels: int = 2,
    frame_length: int = 6144,
    hop_length: int = 1024,
    bins: int = 2048,
    subbands: int = 4,
    filters: int = 56,
    depth: int = 3,
    decoder_blocks: int = 1,
    encoder_convolutions: int = 3,
    decoder_convolutions: int = 1,
    bottleneck: int = 8,
    blocks: int = 5,
    heads: int = 4,
    head_size: int = 32,
    hidden: int | None = None,
    edge_kernel_size: int = 3,
    activation: str | Callable[[Any], Any] | None = "relu",
    masked: bool = True,
    dropout: float = 0.0,
    difference: bool = False,
    segment_samples: int | None = None,
    name: str = "moises_light",
    variant: str | None = None,
    weights: str | None = None,
) -> Network:
    """Moises-Light, from the waveform of the mixture to the waveform of each source.

    Real and imaginary parts of the lowest bins of the spectrogram are standardised, and split into
    sub-bands of equal width, which are features. A U-Net of `SplitAndMergeBlock`s convolves each
    sub-band by itself and halves the frames per level; the bins stay. At its bottom, transformer
    blocks with rotary positions attend over the frames, then over the bins of a sub-band. On the
    way up features are multiplied by the encoder's, and only the innermost levels have blocks. A
    1x1 convolution makes, of each source, factors of the mixture's real and imaginary parts.

    To train it: `SumOfLosses([WaveformLoss(norm="l1"), ComplexSTFTLoss()])`. To separate:
    `Separator` without a `front_end`.

    The paper published no code. The defaults are those of the package moises-light, which chose
    what the paper leaves open. The paper has one network per source, and estimates spectra
    (`sources=1, masked=False`).

    Args:
        sources: Number of sources. Default 4.
        channels: Number of audio channels. Default 2.
        frame_length: Frame length of the spectrogram in samples. Default 6144.
        hop_length: Samples from one frame to the next. Default 1024.
        bins: Number of bins that the network reads and returns, the lowest; the others are silent.
            Default 2048.
        subbands: Number of sub-bands of equal width; must divide `bins` and `filters`. Default 4.
        filters: Number of filters of the outermost level, and how many each level has more than the
            one before. Default 56.
        depth: Number of levels above the innermost. Default 3.
        decoder_blocks: Number of levels, the innermost, that have a block on the way up. Default 1.
        encoder_convolutions: Number of convolutions in each half of a block on the way down, and of
            that at the bottom. Default 3.
        decoder_convolutions: Number of convolutions in each half of a block on the way up. Default
            1.
        bottleneck: Ratio of the bins to the bins between the dense layers of a block. Default 8.
        blocks: Number of transformer blocks over frames, each with one over bins after it. Default
            5.
        heads: Number of attention heads. Default 4.
        head_size: Number of features of a head, even. Default 32.
        hidden: Number of features between the dense layers of a transformer block. Default: twice
            the filters of the innermost level.
        edge_kernel_size: Kernel size, odd, of the first and the last convolution. Default 3.
        activation: Activation behind every batch normalisation. Default "relu".
        masked: Whether the network estimates factors of the mixture's real and imaginary parts,
            else the spectra of the sources. Default True.
        dropout: Fraction of the attention weights and of the features of each half of a transformer
            block that is dropped in training. Default 0.
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

    >>> network = keras_sep.zoo.moises_light(
    ...     frame_length=64, hop_length=16, bins=32, filters=4, depth=1, blocks=1, heads=2,
    ...     head_size=4)
    >>> tuple(network(np.ones((2, 101, 2), "float32")).shape)
    (2, 101, 2, 4)

    Reference:
        Hung et al., "Moises-Light: resource-efficient band-split U-Net for music source
        separation", 2025.
    """
    _check(frame_length, bins, subbands, filters, depth, decoder_blocks, bottleneck)
    require_odd(edge_kernel_size=edge_kernel_size)
    check_difference(sources, difference)
    count = sources - 1 if difference else sources
    parts = 2 * channels

    def activated(x, name):
        x = keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_norm")(x)
        return keras.layers.Activation(activation, name=f"{name}_activation")(x)

    def resampled(convolution, x, filters, name):
        two_frames, start = (2, 1), fan_in_uniform()
        x = convolution(filters, two_frames, two_frames, kernel_initializer=start, name=name)(x)
        return activated(x, name)

    def block(x, convolutions, name):
        return SplitAndMergeBlock(
            subbands, convolutions, bottleneck, activation=activation, name=name
        )(x)

    mixture = keras.Input((None, channels), name="mixture")
    # one zero at least, and as many frames as the strides divide: samples have a hop less
    padded = ops.pad(mixture, ((0, 0), (0, 1), (0, 0)))
    stride = hop_length * 2**depth
    padded = PadToMultiple(stride, stride - hop_length, name="padding")(padded)
    stft = STFT(frame_length, hop_length, name="stft")
    scaled = keras.layers.Rescaling(frame_length**-0.5, name="scaling")(padded)
    spectrum = keras.layers.Concatenate(name="spectrum")(list(stft(scaled)))
    lowest = spectrum[:, :, :bins]  # (batch, frames, bins, 2 * channels)
    x, *statistics = Standardize(name="standardized")(lowest)
    x = subbands_of(x, bins, subbands)  # (batch, frames, bins / subbands, subbands * 2 * channels)
    x = activated(GroupConv2D(filters, subbands, edge_kernel_size, name="first")(x), "first")
    skips = []
    for level in range(1, depth + 1):
        x = block(x, encoder_convolutions, f"encoder_{level}")
        skips.append(x)
        # (batch, frames / 2^level, bins / subbands, (level + 1) * filters)
        x = resampled(keras.layers.Conv2D, x, (level + 1) * filters, f"downsampling_{level}")
    x = block(x, encoder_convolutions, "bottom")
    for number in range(1, blocks + 1):
        for axis, along in ((1, "frames"), (2, "bins")):
            x = RotaryTransformerBlock(
                *(heads, head_size, hidden or 2 * x.shape[-1], axis),
                dropout=dropout,
                name=f"block_{number}_{along}",
            )(x)
    x = keras.layers.RMSNormalization(epsilon=1e-12, name="norm")(x)
    for level in range(depth, 0, -1):
        x = resampled(keras.layers.Conv2DTranspose, x, level * filters, f"upsampling_{level}")
        x = keras.layers.Multiply(name=f"skip_{level}")([x, skips.pop()])
        if level > depth - decoder_blocks:
            x = block(x, decoder_convolutions, f"decoder_{level}")
    x = GroupConv2D(parts * subbands, subbands, edge_kernel_size, name="last")(x)
    x = joined_subbands(x, bins, subbands, 1)  # (batch, frames, bins, 2 * channels, 1)
    if count > 1:
        x = keras.layers.Reshape((-1, bins, parts), name="shared")(x)
        head = keras.layers.Dense(parts * count, kernel_initializer=fan_in_uniform(), name="head")
        x = keras.layers.Reshape((-1, bins, parts, count), name="estimates")(head(x))
    if masked:
        spectra = keras.layers.Multiply(name="masked")([x, ops.expand_dims(lowest, -1)])
    else:
        mean, deviation = (ops.expand_dims(one, -1) for one in statistics)
        # the mean first: Keras takes a second summand (n, 1, 1, 1, 1) for a bias of n sources
        spectra = mean + x * deviation
    # (batch, frames, frame_length / 2 + 1, 2 * channels, sources)
    silent = frame_length // 2 + 1 - bins
    spectra = ops.pad(spectra, ((0, 0), (0, 0), (0, silent), (0, 0), (0, 0)))
    stems = stft.inverse()(ops.split(spectra, 2, axis=3), like=padded)
    stems = keras.layers.Rescaling(frame_length**0.5, name="stems")(stems)
    stems = FitLength(name="fitted")(stems, like=mixture)  # (batch, samples, channels, sources)
    if difference:
        stems = all_sources(stems, mixture)
    facts = Facts("waveform", "waveforms", stride=stride, segment=segment_samples)
    return Network(mixture, stems, name=name, facts=facts)


def _check(frame_length, bins, subbands, filters, depth, decoder_blocks, bottleneck):
    if bins > frame_length // 2 + 1:
        raise ValueError(
            "`bins` must be at most those of the spectrogram, frame_length / 2 + 1. "
            f"Received: bins={bins}, frame_length={frame_length}"
        )
    if bins % subbands or filters % subbands:
        raise ValueError(
            "`subbands` must divide `bins` and `filters`. "
            f"Received: subbands={subbands}, bins={bins}, filters={filters}"
        )
    if decoder_blocks > depth:
        raise ValueError(
            "`decoder_blocks` must be at most `depth`. "
            f"Received: decoder_blocks={decoder_blocks}, depth={depth}"
        )
    if bins // subbands < bottleneck:
        raise ValueError(
            "`bottleneck` must be at most the bins of a sub-band. "
            f"Received: bottleneck={bottleneck} and {bins // subbands} bins"
        )
