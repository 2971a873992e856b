"""SCNet: fewer bins at high frequencies, and recurrence over features and their spectrum."""

from typing import Any

import keras

from keras_sep.layers import (
    STFT,
    ApplyComplexMask,
    CompressedConvBlock,
    DualPathBlock,
    FitLength,
    FourierFeatures,
    FrequencyEmbedding,
    GatedFusion,
    GlobalLayerNormalization,
    PadToMultiple,
    SparseDownsampling,
    SparseUpsampling,
    Standardize,
)
from keras_sep.zoo._estimates import all_sources, check_difference
from keras_sep.zoo._sizes import sized
from keras_sep.zoo.facts import Facts
from keras_sep.zoo.network import Network

EPSILON = 1e-5  # of PyTorch's group normalisation


@sized("blocks")
def scnet(
    sources: int = 4,
    channels: int = 2,
    filters: tuple[int, ...] = (32, 64, 128),
    frame_length: int = 4096,
    hop_length: int = 1024,
    shares: tuple[float, ...] = (0.175, 0.392, 0.433),
    strides: tuple[int, ...] = (1, 4, 16),
    kernel_size: int = 3,
    depths: tuple[int, ...] = (3, 2, 1),
    compression: float = 4,
    blocks: int = 6,
    expansion: int = 1,
    standardize: bool = False,
    masked: bool = False,
    difference: bool = False,
    segment_samples: int | None = None,
    name: str = "scnet",
    variant: str | None = None,
    weights: str | None = None,
) -> Network:
    """SCNet, from the waveform of the mixture to the waveform of each source.

    An encoder makes the bins of the spectrum fewer, level by level, and of a high band fewer than
    of a low one; each band has more convolutions along time the lower it is. What is left, a tenth
    or a thirtieth of the bins, is read by dual-path blocks, across bins and across frames. Every
    second block reads the spectrum of its features along time instead of the features. A decoder
    gets the bins back, level by level, with the encoder's features gated in. It returns the spectra
    of the sources; there are no masks.

    To train it: `ComplexSTFTLoss` with `RMSE`, as the authors, or `WaveformLoss`. To separate:
    `Separator` without a `front_end`.

    The defaults are those of the authors' class, and sizes those of their smaller network. As in
    their code, frames are not windowed. The mixture is zero-padded at its end until it has an even
    number of frames.

    Args:
        sources: Number of sources. Default 4.
        channels: Number of audio channels. Default 2.
        filters: Number of features at each level. Default `(32, 64, 128)`.
        frame_length: Frame length of the spectrogram in samples. Default 4096.
        hop_length: Samples from one frame to the next. Default 1024.
        shares: Share of the bins of each band, from the lowest on; together one. Default `(0.175,
            0.392, 0.433)`.
        strides: Number of bins of each band that become one, at every level. Default `(1, 4, 16)`.
        kernel_size: Kernel size, odd, of all convolutions but those with a stride, whose kernels
            do not overlap. Default 3.
        depths: Number of `CompressedConvBlock`s in each band. Default `(3, 2, 1)`.
        compression: Ratio of features to inner features in these. Default 4.
        blocks: Number of dual-path blocks, even. Default 6.
        expansion: Units of their LSTM layers, in each direction, per feature. Default 1.
        standardize: Whether the spectrum is standardised at first and restored at last: as in the
            authors' code since September 2024, and not in published weights. Not with `masked`.
            Default False.
        masked: Whether the network returns complex masks of the mixture, frames have a Hann window,
            and every bin a learned offset: the form of Music-Source-Separation-Training. Default
            False.
        difference: Whether the last source is the mixture minus all others, so that all sum to it;
            needs two sources. Default False.
        segment_samples: Length in samples of the excerpts that the network was trained on, which is
            that of the blocks of long files: 485100 of published weights. Inputs of any length are
            processed as they are. Default None.
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

    >>> network = keras_sep.zoo.scnet(filters=(4, 8), frame_length=256, hop_length=64, blocks=2)
    >>> tuple(network(np.ones((2, 1001, 2), "float32")).shape)
    (2, 1001, 2, 4)

    Reference:
        Tong et al., "SCNet: sparse compression network for music source separation", 2024.
    """
    if blocks % 2:
        raise ValueError(
            "`blocks` must be even, as every second block reads the spectrum of the features. "
            f"Received: blocks={blocks}"
        )
    if len(depths) != len(strides):
        raise ValueError(
            "`depths` must have a number for each of `strides`. "
            f"Received: depths={depths!r}, strides={strides!r}"
        )
    if standardize and masked:
        raise ValueError(
            "`standardize` and `masked` must not both be True: masks are not of the spectrum's "
            "scale, which is restored at last. Received: standardize=True, masked=True"
        )
    check_difference(sources, difference)
    count = sources - 1 if difference else sources
    sparse: dict[str, Any] = {"shares": shares, "strides": strides, "kernel_size": kernel_size}

    mixture = keras.Input((None, channels), name="mixture")
    # as many samples as an odd number of hops, and at least one zero, as the authors
    padded = keras.ops.pad(mixture, ((0, 0), (0, 1), (0, 0)))
    padded = PadToMultiple(2 * hop_length, hop_length, name="padding")(padded)
    x = keras.layers.Rescaling(frame_length**-0.5, name="scaling")(padded)
    stft = STFT(frame_length, hop_length, "hann" if masked else "rectangular", name="stft")
    pair = stft(x)
    # (batch, frames, bins, 2 * channels)
    x = keras.layers.Concatenate(name="spectrum")(list(pair))
    if standardize:
        x, *statistics = Standardize(name="standardized")(x)
    if masked:
        x = FrequencyEmbedding(1.0, 1.0, name="frequencies")(x)
    skips, bins = [], []
    for level, width in enumerate(filters, start=1):
        bins.append(x.shape[2])
        skip = _encoded(x, width, sparse, depths, compression, name=f"encoder_{level}")
        skips.append(skip)  # (batch, frames, fewer bins, filters)
        convolution = keras.layers.Conv2D(
            width, kernel_size, padding="same", name=f"encoder_{level}_conv"
        )
        x = convolution(skip)
    x = _read(x, blocks, expansion)
    for level in range(len(filters), 0, -1):
        width = filters[level - 2] if level > 1 else 2 * channels * count
        x = GatedFusion(kernel_size, name=f"fusion_{level}")(x, skips[level - 1])
        up = SparseUpsampling(width, bins[level - 1], **sparse, name=f"decoder_{level}")
        x = up(x)  # (batch, frames, more bins, filters)
    if masked:
        x = keras.layers.Conv2D(64, 3, padding="same", activation="gelu", name="mask_hidden")(x)
        x = keras.layers.Dense(2 * channels * count, activation="tanh", name="masks")(x)
    if standardize:
        mean, deviation = statistics
        x = mean + x * deviation
    x = keras.layers.Reshape((-1, frame_length // 2 + 1, 2 * channels, count), name="spectra")(x)
    spectra = keras.ops.split(x, 2, axis=3)
    if masked:
        spectra = ApplyComplexMask(name="masked")(spectra, pair)
    stems = stft.inverse()(spectra, like=padded)
    stems = keras.layers.Rescaling(frame_length**0.5, name="stems")(stems)
    stems = FitLength(name="fitted")(stems, like=mixture)
    if difference:
        stems = all_sources(stems, mixture)
    facts = Facts("waveform", "waveforms", stride=hop_length, segment=segment_samples)
    return Network(mixture, stems, name=name, facts=facts)


def _encoded(x, width, sparse, depths, compression, name):
    """One level of the encoder: fewer bins, then convolutions along time in each band."""
    bands = SparseDownsampling(width, **sparse, name=name)(x)
    outputs = []
    for band, (x, depth) in enumerate(zip(bands, depths, strict=True), start=1):
        for block in range(1, depth + 1):
            x = CompressedConvBlock(
                compression, sparse["kernel_size"], name=f"{name}_band_{band}_block_{block}"
            )(x)
        outputs.append(keras.layers.Activation("gelu", name=f"{name}_band_{band}")(x))
    return keras.layers.Concatenate(axis=2, name=f"{name}_bands")(outputs)


def _read(x, blocks, expansion):
    """Dual-path blocks, of the features and of their spectrum along time in turn."""
    for block in range(1, blocks + 1):
        x = DualPathBlock(
            expansion * x.shape[-1],
            normalization=GlobalLayerNormalization(EPSILON),
            norm_first=True,
            name=f"block_{block}",
        )(x)
        x = FourierFeatures(inverse=block % 2 == 0, name=f"fourier_{block}")(x)
    return x
