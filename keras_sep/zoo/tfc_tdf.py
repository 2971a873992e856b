"""TFC-TDF-UNet v3: a U-Net of the complex spectrum, known as MDX23C."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import keras

from keras_sep._normalization_like import normalization_like
from keras_sep._scaled_uniform import fan_in_uniform
from keras_sep.layers import (
    STFT,
    FitLength,
    InstanceNormalization,
    PadToMultiple,
    TFCTDFBlock,
)
from keras_sep.zoo._estimates import all_sources, check_difference
from keras_sep.zoo._sizes import sized
from keras_sep.zoo._subbands import joined_subbands, subbands_of
from keras_sep.zoo.facts import Facts
from keras_sep.zoo.network import Network


@sized("growth")
def tfc_tdf(
    sources: int = 4,
    channels: int = 2,
    frame_length: int = 8192,
    hop_length: int = 1024,
    bins: int = 4096,
    subbands: int = 4,
    filters: int = 128,
    growth: int = 128,
    depth: int = 5,
    blocks: int = 2,
    strides: tuple[int, int] = (2, 2),
    bottleneck: int = 4,
    normalization: Any = None,
    activation: str | Callable[[Any], Any] | None = "gelu",
    difference: bool = False,
    segment_samples: int | None = None,
    name: str = "tfc_tdf",
    variant: str | None = None,
    weights: str | None = None,
) -> Network:
    """TFC-TDF-UNet v3, from the waveform of the mixture to the waveform of each source.

    Real and imaginary parts of the lowest bins of the spectrogram are channels, and so are its
    sub-bands. A U-Net of `TFCTDFBlock`s halves frames and bins per level. What leaves it is
    multiplied by what entered it, and two 1x1 convolutions make the spectrum of every source: there
    are no masks.

    To train it: `TrimmedMSE()`, as published. To separate: `Separator` without a `front_end`.

    The defaults are those of the published MDX23C. Normalisations cover all that the network is
    given, so give it what is about as long as what it was trained on.

    Args:
        sources: Number of sources. Default 4.
        channels: Number of audio channels. Default 2.
        frame_length: Frame length of the spectrogram in samples. Default 8192.
        hop_length: Samples from one frame to the next. Default 1024.
        bins: Number of bins that the network reads and returns, the lowest; the others are silent.
            Default 4096.
        subbands: Number of sub-bands of equal width; must divide `bins`. Default 4.
        filters: Number of filters of the outermost level. Default 128.
        growth: Filters that each level has more than the one before. Default 128.
        depth: Number of levels above the innermost. Default 5.
        blocks: Number of blocks per level. Default 2.
        strides: Strides between levels, of frames and bins. Default `(2, 2)`.
        bottleneck: Ratio of the bins to the bins between the dense layers of a block. Default 4.
        normalization: Layer of which every normalisation is a copy. Default:
            `InstanceNormalization(epsilon=1e-5)`.
        activation: Activation before every convolution and dense layer. Default "gelu".
        difference: Whether the last source is the mixture minus all others, so that all sum to it;
            needs two sources. Default False.
        segment_samples: Length in samples of the excerpts that the network was trained on, which is
            that of the blocks of long files: 261120 of published weights. Inputs of any length are
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

    >>> network = keras_sep.zoo.tfc_tdf(
    ...     frame_length=64, hop_length=16, bins=32, filters=3, growth=2, depth=1, blocks=1)
    >>> tuple(network(np.ones((2, 101, 2), "float32")).shape)
    (2, 101, 2, 4)

    Reference:
        Kim, Lee and Jung, "Sound demixing challenge 2023: music demixing track technical report,
        TFC-TDF-UNet v3", 2023.
    """
    _check(frame_length, bins, subbands, depth, strides, bottleneck)
    check_difference(sources, difference)
    count = sources - 1 if difference else sources
    stft = STFT(frame_length, hop_length, name="stft")
    new_norm = partial(
        normalization_like, normalization, partial(InstanceNormalization, epsilon=1e-5)
    )

    def start() -> dict[str, Any]:
        return {"use_bias": False, "kernel_initializer": fan_in_uniform()}

    def level(x, filters, name):
        for block in range(blocks):
            x = TFCTDFBlock(
                filters,
                bottleneck,
                normalization=normalization,
                activation=activation,
                name=f"{name}_block_{block + 1}",
            )(x)
        return x

    def resampled(convolution, x, filters, name):
        x = new_norm(f"{name}_norm")(x)
        x = keras.layers.Activation(activation, name=f"{name}_activation")(x)
        return convolution(filters, strides, strides, **start(), name=name)(x)

    mixture = keras.Input((None, channels), name="mixture")
    spectrum = keras.layers.Concatenate(name="spectrum")(list(stft(mixture)))
    padded = PadToMultiple(strides[0] ** depth, name="padding")(spectrum)
    # (batch, frames, bins / subbands, subbands * 2 * channels)
    bands = subbands_of(padded, bins, subbands)
    x = first = keras.layers.Dense(filters, **start(), name="first")(bands)
    skips = []
    for number in range(1, depth + 1):
        x = level(x, filters, f"encoder_{number}")
        skips.append(x)
        filters += growth
        # (batch, frames / strides[0]^number, bins / subbands / strides[1]^number, filters)
        x = resampled(keras.layers.Conv2D, x, filters, f"downsampling_{number}")
    x = level(x, filters, "bottom")
    for number in range(depth, 0, -1):
        filters -= growth
        x = resampled(keras.layers.Conv2DTranspose, x, filters, f"upsampling_{number}")
        x = keras.layers.Concatenate(name=f"skip_{number}")([x, skips.pop()])
        x = level(x, filters, f"decoder_{number}")
    x = keras.layers.Multiply(name="gated")([x, first])
    x = keras.layers.Concatenate(name="with_mixture")([bands, x])
    x = keras.layers.Dense(filters, activation, **start(), name="hidden")(x)
    x = keras.layers.Dense(bands.shape[-1] * count, **start(), name="last")(x)
    # (batch, frames, frame_length / 2 + 1, 2 * channels, sources)
    spectra = joined_subbands(x, frame_length // 2 + 1, subbands, count)
    spectra = FitLength(name="fitted")(spectra, like=spectrum)
    pair = keras.ops.split(spectra, 2, axis=3)
    stems = stft.inverse()(pair, like=mixture)  # (batch, samples, channels, sources)
    if difference:
        stems = all_sources(stems, mixture)
    stride = hop_length * strides[0] ** depth
    facts = Facts("waveform", "waveforms", stride=stride, segment=segment_samples)
    return Network(mixture, stems, name=name, facts=facts)


def _check(frame_length, bins, subbands, depth, strides, bottleneck):
    if not isinstance(strides, Sequence) or len(strides) != 2:
        raise ValueError(f"`strides` must be two numbers. Received: strides={strides}")
    if bins > frame_length // 2 + 1:
        raise ValueError(
            "`bins` must be at most those of the spectrogram, frame_length / 2 + 1. "
            f"Received: bins={bins}, frame_length={frame_length}"
        )
    divisor = strides[1] ** depth
    if bins % (subbands * divisor):
        raise ValueError(
            "`subbands` and the strides of all levels must divide `bins`. "
            f"Received: bins={bins}, subbands={subbands} and strides of {divisor} in all"
        )
    innermost = bins // subbands // divisor
    if innermost < bottleneck:
        raise ValueError(
            "`bottleneck` must leave a bin on every level. "
            f"Received: bottleneck={bottleneck} and {innermost} bins on the innermost"
        )
