"""What both RoFormers share: attention over the frames and over the bands of a spectrum."""

import keras
from keras import ops

from keras_sep.layers import (
    ISTFT,
    STFT,
    ApplyComplexMask,
    BandMasks,
    BandSplit,
    RotaryTransformerBlock,
)
from keras_sep.zoo._estimates import all_sources, check_difference
from keras_sep.zoo.facts import Facts
from keras_sep.zoo.network import Network


def roformer_network(
    bands,
    *,
    norm_each,
    sources,
    channels,
    features,
    blocks,
    time_layers,
    band_layers,
    heads,
    head_size,
    hidden,
    mask_hidden,
    mask_layers,
    frame_length,
    hop_length,
    fft_length,
    skips,
    zero_dc,
    dropout,
    difference,
    segment_samples,
    name,
):
    """The network of these bands, from the arguments of its builder.

    With `norm_each` a normalisation follows every transformer, else one follows the last.
    """
    check_difference(sources, difference)
    mixture = keras.Input((None, channels), name="mixture")
    frames = {"frame_length": frame_length, "hop_length": hop_length, "fft_length": fft_length}
    pair = STFT(**frames, name="stft")(mixture)  # two of (batch, frames, bins, channels)
    x = BandSplit(bands, features, name="bands")(pair)  # (batch, frames, bands, features)

    def transformer(x, layers, axis, name):
        for number in range(layers):
            x = RotaryTransformerBlock(
                *(heads, head_size, hidden or 4 * features, axis),
                norm_out=norm_each and number + 1 == layers,
                dropout=dropout,
                name=f"{name}_{number + 1}",
            )(x)
        return x

    earlier: list[keras.KerasTensor] = []
    for number in range(blocks):
        if skips and earlier:
            x = keras.layers.Add(name=f"skips_{number + 1}")([x, *earlier])
        x = transformer(x, time_layers, 1, f"block_{number + 1}_time")
        x = transformer(x, band_layers, 2, f"block_{number + 1}_bands")
        earlier.append(x)
    if not norm_each:
        x = keras.layers.RMSNormalization(epsilon=1e-12, name="norm")(x)
    count = sources - 1 if difference else sources
    # two of (batch, frames, bins, channels, sources)
    masks = BandMasks(
        *(bands, count, channels, mask_hidden or 4 * features, mask_layers), name="masks"
    )(x)
    spectra = ApplyComplexMask(name="spectra")(masks, pair)
    if zero_dc:
        spectra = tuple(map(_without_dc, spectra))
    stems = ISTFT(**frames, name="istft")(spectra, like=mixture)
    if difference:
        stems = all_sources(stems, mixture)
    facts = Facts("waveform", "waveforms", stride=hop_length, segment=segment_samples)
    return Network(mixture, stems, name=name, facts=facts)


def _without_dc(x):
    """Zeros in the place of the lowest bin."""
    _, others = ops.split(x, [1], axis=2)
    return ops.pad(others, [(0, 0), (0, 0), (1, 0), (0, 0), (0, 0)])
