"""Hybrid Demucs: a U-Net of the waveform and one of the spectrogram that meet at the bottom."""

import keras

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
    *("context", "encoder_context", "norm_starts", "attention_starts", "recurrent_starts"),
    *("initial_scale", "rescale", "frequency_embedding"),
)
def hdemucs(
    sources: int = 4,
    channels: int = 2,
    filters: int = 48,
    time_filters: int | None = None,
    growth: float = 2,
    frame_length: int = 4096,
    depth: int = 6,
    rewrite: bool = True,
    frequency_embedding: float = 0.2,
    embedding_scale: float = 10.0,
    kernel_size: int = 8,
    stride: int = 4,
    time_stride: int = 2,
    context: int = 1,
    encoder_context: int = 0,
    norm_starts: int = 4,
    norm_groups: int = 4,
    encoder_branches: bool = True,
    decoder_branches: bool = False,
    branch_depth: int = 2,
    compression: float = 4,
    attention_starts: int = 4,
    recurrent_starts: int = 4,
    initial_scale: float = 1e-4,
    rescale: float | None = 0.1,
    name: str = "hdemucs",
    variant: str | None = None,
) -> Network:
    """Hybrid Demucs, from the waveform of the mixture to the waveform of each source.

    One encoder strides along the time of the waveform, another one along the frequencies of its
    spectrogram, whose real and imaginary parts are channels. Once a single bin is left, both have
    as many frames: they are summed, and further blocks stride along time. Two decoders lead back.
    The waveforms of both, one by an inverse transform, are summed. No masks.

    To train it: `WaveformLoss(norm="l1")`. To separate: `Separator` without a `front_end`.

    The defaults are those of `demucs.hdemucs.HDemucs`.

    Args:
        sources: how many.
        channels: of the audio.
        filters: of the first convolution of the spectrogram.
        time_filters: likewise of the waveform; None for as many.
        growth: filters of a convolution for one filter of the one before.
        frame_length: of the spectrogram, in samples; a hop is a quarter.
        depth: strided convolutions.
        rewrite: add a second convolution to every block.
        frequency_embedding: weight of a learned vector for every frequency after the first block;
            0 for none.
        embedding_scale: what those vectors' learned numbers are multiplied with.
        kernel_size: taps of the strided convolutions; twice the stride.
        stride: of them.
        time_stride: likewise of the blocks after the branches have met.
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
        attention_starts: block from which on branches have local attention.
        recurrent_starts: block from which on branches have LSTM layers.
        initial_scale: of the branches' outputs.
        rescale: what the deviation of initial weights is moved towards; None to leave it.
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

    >>> network = keras_sep.zoo.hdemucs(filters=4, frame_length=64, depth=3, norm_starts=2)
    >>> tuple(network(np.ones((2, 101, 2), "float32")).shape)
    (2, 101, 2, 4)

    Reference:
        Défossez, "Hybrid spectrogram and waveform source separation", 2021.
    """
    levels = hybrid_levels(**locals())
    mixture = keras.Input((None, channels), name="mixture")
    # (batch, frames, bins, 2 * channels) and (batch, samples, channels)
    (spectrum, *statistics), (waveform, *time_statistics) = analyze(mixture, frame_length)
    skips = encode(spectrum, waveform, levels, frequency_embedding, embedding_scale)
    # nothing but the skip connections enters the decoders
    x, time = decode(skips, channels * sources)
    stems = synthesize(x, time, statistics, time_statistics, like=mixture, sources=sources)
    stride_samples = samples_between_starts(levels, frame_length)
    facts = Facts("waveform", "waveforms", stride=stride_samples)
    return Network(mixture, stems, name=name, facts=facts)
