"""BandIt: a band-split RNN with overlapping bands, for the sound of films."""

from collections.abc import Sequence

import keras
import numpy as np

from keras_sep._frames import require_padding
from keras_sep.layers import STFT, ApplyComplexMask, BandMasks, BandSplit, DualPathBlock
from keras_sep.ops import musical_bands
from keras_sep.zoo._estimates import all_sources, check_difference
from keras_sep.zoo._sizes import sized
from keras_sep.zoo.facts import Facts
from keras_sep.zoo.network import Network

BANDS = 64


@sized()
def bandit(
    sources: int = 3,
    channels: int = 2,
    bands: Sequence[tuple[int, int]] | None = None,
    shares: Sequence[float] | None = None,
    features: int = 128,
    blocks: int = 8,
    units: int = 256,
    cell: str = "gru",
    hidden: int = 512,
    frame_length: int = 2048,
    hop_length: int = 512,
    padding: str = "constant",
    difference: bool = False,
    segment_samples: int | None = None,
    name: str = "bandit",
    variant: str | None = None,
    weights: str | None = None,
) -> Network:
    """BandIt, a band-split RNN, from the mixture's waveform to the waveform of each source.

    Every band of the spectrum becomes as many features. Blocks of recurrent layers read them over
    time, band by band, then over the bands, frame by frame. For each source, dense layers make a
    complex mask of every band; where bands overlap, the masks are averaged. Each audio channel is
    separated by itself, with the same weights.

    To train it: `SumOfLosses` of `L1SNR()` and of `ComplexSTFTLoss` with `loss=L1SNR()`, as
    published. To separate: `Separator` without a `front_end`.

    The defaults are those of the published network of 64 musical bands, for speech, music and
    effects. With `instrument_bands`, an LSTM and 12 blocks it is the band-split RNN of Luo and Yu,
    except for the normalisation, which here is of each frame and band by itself.

    Args:
        sources: Number of sources. Default 3.
        channels: Number of audio channels. Default 2.
        bands: Bands, pairs of the first bin and the one after the last, as `ops.musical_bands`,
            `ops.instrument_bands` and `ops.mel_bands` list them. Default: 64 musical bands.
        shares: Shares of the bands in the masks, see `BandMasks`. Default: equal shares.
        features: Number of features of a band. Default 128.
        blocks: Number of blocks, each over time and over the bands. Default 8.
        units: Size of the recurrent state in each direction. Default 256.
        cell: Recurrent cell, "gru" or "lstm". Default "gru".
        hidden: Number of features between the dense layers of the masks. Default 512.
        frame_length: Frame length in samples. Default 2048.
        hop_length: Samples from one frame to the next. Default 512.
        padding: Signal beyond both ends of the mixture, see `STFT`: "constant" for zeros, or
            "reflect". Default "constant".
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

    >>> network = keras_sep.zoo.bandit(
    ...     bands=keras_sep.ops.musical_bands(5, bins=33), features=4, blocks=1, units=3, hidden=6,
    ...     frame_length=64, hop_length=16)
    >>> tuple(network(np.ones((1, 301, 2), "float32")).shape)
    (1, 301, 2, 3)

    Reference:
        Watcharasupat et al., "A generalized bandsplit neural network for cinematic audio source
        separation", 2023, and Luo and Yu, "Music source separation with band-split RNN", 2023.
    """
    check_difference(sources, difference)
    require_padding(padding, ("constant", "reflect"))
    stft = STFT(frame_length, hop_length, padding=padding, name="stft")
    if bands is None:
        bands = musical_bands(BANDS, frame_length // 2 + 1)
    # of the window's energy, as of torchaudio's normalised spectra
    scale = np.sum(np.square(np.hanning(frame_length + 1)[:-1])) ** -0.5

    mixture = keras.Input((None, channels), name="mixture")
    # (channels * batch, samples, 1)
    alone = keras.ops.concatenate(
        [mixture[..., channel : channel + 1] for channel in range(channels)], axis=0
    )
    pair = stft(alone)  # each (channels * batch, frames, bins, 1)
    scaled = [
        keras.layers.Rescaling(scale, name=f"scaled_{part}")(spectrum)
        for part, spectrum in zip(("real", "imag"), pair, strict=True)
    ]
    # (channels * batch, frames, bands, features)
    x = BandSplit(bands, features, normalization="layer", name="band_split")(scaled)
    x = keras.layers.Permute((2, 1, 3), name="bands_first")(x)
    for number in range(blocks):
        x = DualPathBlock(
            units,
            cell=cell,
            normalization=keras.layers.LayerNormalization(epsilon=1e-5),
            norm_first=True,
            name=f"block_{number + 1}",
        )(x)
    x = keras.layers.Permute((2, 1, 3), name="frames_first")(x)
    count = sources - 1 if difference else sources
    # each (channels * batch, frames, bins, 1, sources)
    masks = BandMasks(bands, count, 1, hidden, normalization="layer", shares=shares, name="masks")(
        x
    )
    spectra = ApplyComplexMask(name="spectra")(masks, pair)
    alone = stft.inverse()(spectra, like=alone)  # (channels * batch, samples, 1, sources)
    # (batch, samples, channels, sources)
    stems = keras.ops.concatenate(keras.ops.split(alone, channels, axis=0), axis=2)
    if difference:
        stems = all_sources(stems, mixture)
    facts = Facts("waveform", "waveforms", stride=hop_length, segment=segment_samples)
    return Network(mixture, stems, name=name, facts=facts)
