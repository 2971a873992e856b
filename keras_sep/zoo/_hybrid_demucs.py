"""What Hybrid Demucs and Hybrid Transformer Demucs share: two U-Nets that meet at the bottom."""

import math
from dataclasses import dataclass
from typing import Any

import keras

from keras_sep.layers import (
    AlignedISTFT,
    AlignedSTFT,
    ApplyMixturePhase,
    FitLength,
    FrequencyEmbedding,
    Magnitude,
    PadToLength,
    Standardize,
)
from keras_sep.zoo._demucs_blocks import decoder_block, encoder_block, restored, strided, transposed
from keras_sep.zoo._hybrid_levels import Level
from keras_sep.zoo.facts import Facts
from keras_sep.zoo.network import Network


@dataclass(frozen=True)
class Skip:
    """What the decoders need from one level of the encoders.

    Args:
        level: `Level`.
        inputs: Input of the branch of the spectrogram, whose shape the decoder returns to.
        time_inputs: Input of the branch of the waveform; None below the meeting.
        outputs: Output of the branch of the spectrogram.
        time_outputs: Output of the branch of the waveform; None below the meeting.
    """

    level: Level
    inputs: Any
    time_inputs: Any
    outputs: Any
    time_outputs: Any


def hybrid_network(
    levels,
    *,
    sources,
    channels,
    frame_length,
    frequency_embedding,
    embedding_scale,
    name,
    between=None,
    segment_samples=None,
    complex_spectrum,
    late_spectrum=False,
    **_,
):
    """The network with these levels, from the arguments of `hdemucs`; any others are ignored.

    `between` is a function of what leaves both encoders to what enters both decoders. By default
    nothing but the skip connections enters them.
    """
    mixture = keras.Input((None, channels), name="mixture")
    segment = mixture
    if segment_samples is not None:
        segment = PadToLength(segment_samples, name="segment")(mixture)
    padding = "zeros" if late_spectrum else "reflect"
    pair = AlignedSTFT(frame_length, padding, name="stft")(segment)
    if complex_spectrum:  # as channels: (batch, frames, bins, 2 * channels)
        spectrum = keras.layers.Concatenate(name="spectrum")(list(pair))
    else:  # (batch, frames, bins, channels)
        spectrum = Magnitude(name="spectrum")(pair)
    x, *statistics = Standardize(name="standardized_spectrum")(spectrum)
    # (batch, samples, channels)
    time, *time_statistics = Standardize(name="standardized_waveform")(segment)
    skips = encode(x, time, levels, frequency_embedding, embedding_scale)
    bottom = (None, None)
    if between is not None:
        bottom = between(skips[-1].outputs, skips[-1].time_outputs)
    parts = 2 if complex_spectrum else 1
    x, time = decode(skips, channels * sources, parts, *bottom)
    x = restored(x, *statistics)
    x = keras.layers.Reshape((-1, frame_length // 2, parts * channels, sources), name="spectra")(x)
    if complex_spectrum:
        spectra = keras.ops.split(x, 2, axis=3)
    else:
        spectra = ApplyMixturePhase(name="phases")(x, pair)
    waveforms = AlignedISTFT(frame_length, late_spectrum, name="istft")(spectra, like=segment)
    time = restored(time, *time_statistics)
    # (batch, samples, channels, sources)
    time = keras.layers.Reshape((-1, channels, sources), name="waveforms")(time)
    stems = keras.layers.Add(name="stems")([waveforms, time])
    if segment_samples is not None:
        stems = FitLength(name="fitted")(stems, like=mixture)
    stride = samples_between_starts(levels, frame_length)
    facts = Facts("waveform", "waveforms", stride=stride, segment=segment_samples)
    return Network(mixture, stems, name=name, facts=facts)


def encode(x, time, levels, frequency_embedding, embedding_scale):
    """The two encoders: a list with the `Skip` of every level, the outermost first."""
    skips = []
    for level in levels:
        inputs, time_inputs, added = x, time, None
        name = f"encoder_{level.number + 1}"
        if level.meeting:
            time = strided(time, level.time_filters, level.time_block, name=f"time_{name}_conv")
            added = keras.ops.expand_dims(time, axis=2)  # (batch, frames, 1, filters)
        elif level.along_bins:
            # (batch, samples / stride^(number + 1), filters)
            time = encoder_block(time, level.time_filters, level.time_block, name=f"time_{name}")
        elif len(x.shape) == 4:
            x = inputs = keras.ops.squeeze(x, axis=2)  # (batch, frames, filters)
            time = None
        # (batch, frames, bins / stride^(number + 1), filters)
        x = encoder_block(x, level.filters, level.block, name=name, added=added)
        if level.number == 0 and frequency_embedding:
            x = FrequencyEmbedding(frequency_embedding, embedding_scale, name="frequencies")(x)
        skips.append(Skip(level, inputs, time_inputs, x, time))
    return skips


def decode(skips, outputs, parts, x=None, time=None):
    """The two decoders, from what enters the innermost level; zeros by default.

    `outputs` is the number of channels of all sources, each of which has so many `parts` in the
    spectrogram.
    """
    for skip in reversed(skips):
        level, number = skip.level, skip.level.number + 1
        last = level.number == 0
        if x is not None and len(skip.outputs.shape) > len(x.shape):
            x = keras.ops.expand_dims(x, axis=2)  # (batch, frames, 1, filters)
        x, inner = decoder_block(
            _added(x, skip.outputs, name=f"skip_{number}"),
            parts * outputs if last else skip.inputs.shape[-1],
            level.block,
            name=f"decoder_{number}",
            like=None if level.along_bins else skip.inputs,
            last=last,
        )
        if not level.along_bins:
            continue
        shared = {
            "filters": outputs if last else skip.time_inputs.shape[-1],
            "block": level.time_block,
            "name": f"time_decoder_{number}",
            "like": skip.time_inputs,
            "last": last,
        }
        if level.meeting:
            time = transposed(keras.ops.squeeze(inner, axis=2), **shared)
        else:
            summed = _added(time, skip.time_outputs, name=f"time_skip_{number}")
            time, _ = decoder_block(summed, **shared)
    return x, time


def samples_between_starts(levels, frame_length):
    """Samples after which both U-Nets start anew."""
    frames = math.prod(level.block.stride for level in levels if not level.along_bins)
    samples = math.prod(level.time_block.stride for level in levels if level.along_bins)
    return math.lcm(frame_length // 4 * frames, samples)


def _added(x, skip, name):
    return skip if x is None else keras.layers.Add(name=name)([x, skip])
