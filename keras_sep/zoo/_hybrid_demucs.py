"""What Hybrid Demucs and Hybrid Transformer Demucs share: two U-Nets that meet at the bottom."""

import keras

from keras_sep.layers import AlignedISTFT, AlignedSTFT, FrequencyEmbedding, Standardize
from keras_sep.zoo._demucs_blocks import (
    decoder_block,
    encoder_block,
    restored,
    strided,
    transposed,
)
from keras_sep.zoo._hybrid_levels import levels


def analysed(mixture, options):
    """Spectrogram and waveform, standardised, each with the mean and deviation that it had."""
    real, imag = AlignedSTFT(options.frame_length, name="stft")(mixture)
    # real and imaginary parts as channels: (batch, frames, bins, 2 * channels)
    spectrum = keras.layers.Concatenate(name="spectrum")([real, imag])
    return (
        Standardize(name="standardized_spectrum")(spectrum),
        Standardize(name="standardized_waveform")(mixture),
    )


def encoder(x, time, options):
    """The two encoders.

    Returns their outputs, the second None where both have met, and what the decoders need of every
    level: the level, input and output of either branch.
    """
    kept = []
    for level in levels(options):
        inputs, time_inputs, added = x, time, None
        branches = options.branches(level, options.encoder_branches)
        shared = {"branches": branches, "context": options.encoder_context}
        name = f"encoder_{level.number + 1}"
        if level.meeting:
            time = strided(time, level.time_filters, level.time_block, name=f"time_{name}_conv")
            added = keras.ops.expand_dims(time, axis=2)  # (batch, frames, 1, filters)
        elif level.along_bins:
            # (batch, samples / stride^(number + 1), filters)
            time = encoder_block(
                time, level.time_filters, level.time_block, name=f"time_{name}", **shared
            )
        elif len(x.shape) == 4:
            x = keras.ops.squeeze(x, axis=2)  # (batch, frames, filters)
            inputs, time = x, None
        # (batch, frames, bins / stride^(number + 1), filters)
        x = encoder_block(x, level.filters, level.block, name=name, added=added, **shared)
        if level.number == 0 and options.frequency_embedding:
            x = FrequencyEmbedding(
                options.frequency_embedding, options.embedding_scale, name="frequencies"
            )(x)
        kept.append((level, inputs, time_inputs, x, time))
    return x, time, kept


def decoder(x, time, kept, options):
    """The two decoders, from the bottom, where None stands for zeros."""
    channels = options.channels * options.sources
    for level, inputs, time_inputs, skip, time_skip in reversed(kept):
        last = level.number == 0
        name = f"decoder_{level.number + 1}"
        if x is not None and len(skip.shape) > len(x.shape):
            x = keras.ops.expand_dims(x, axis=2)  # (batch, frames, 1, filters)
        branches = options.branches(level, options.decoder_branches)
        shared = {"branches": branches, "context": options.context, "last": last}
        x, before = decoder_block(
            _added(x, skip, name=f"skip_{level.number + 1}"),
            2 * channels if last else inputs.shape[-1],
            level.block,
            like=None if level.along_bins else inputs,
            groups=level.block.groups,
            name=name,
            **shared,
        )
        time_filters = channels if last else None if time_inputs is None else time_inputs.shape[-1]
        if level.meeting:
            before = keras.ops.squeeze(before, axis=2)
            time = transposed(
                before, time_filters, level.time_block, f"time_{name}", time_inputs, last,
                level.time_block.groups,
            )  # fmt: skip
        elif level.along_bins:
            time, _ = decoder_block(
                _added(time, time_skip, name=f"time_skip_{level.number + 1}"),
                time_filters,
                level.time_block,
                like=time_inputs,
                groups=level.time_block.groups,
                name=f"time_{name}",
                **shared,
            )
    return x, time


def synthesised(x, time, statistics, time_statistics, mixture, options):
    """Spectrogram and waveform of every source, not standardised any more, as one waveform."""
    channels, sources = options.channels, options.sources
    x = restored(x, *statistics)
    bins = options.frame_length // 2
    x = keras.layers.Reshape((-1, bins, 2 * channels, sources), name="spectra")(x)
    waveforms = AlignedISTFT(options.frame_length, name="istft")(
        (x[..., :channels, :], x[..., channels:, :]), like=mixture
    )
    time = restored(time, *time_statistics)
    # (batch, samples, channels, sources)
    time = keras.layers.Reshape((-1, channels, sources), name="waveforms")(time)
    return keras.layers.Add(name="stems")([waveforms, time])


def _added(x, skip, name):
    return skip if x is None else keras.layers.Add(name=name)([x, skip])
