"""`keras-sep stream`: a stem of the sound on standard input, as it comes."""

import argparse
import struct
import sys
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import soundfile

from keras_sep._brief import brief_names
from keras_sep._progress import waiting
from keras_sep.commands._chosen_model import chosen_model
from keras_sep.commands._chosen_stems import chosen_stems
from keras_sep.inference import block_grid, stem_gains
from keras_sep.streaming import Stepper, Stream

SUBTYPES = {"s16": "PCM_16", "s24": "PCM_24", "s32": "PCM_32", "f32": "FLOAT"}
LONGEST_MS = 60_000
UNKNOWN = 2**32 - 1  # bytes of a WAV file that is written to a pipe


def run(args: argparse.Namespace) -> int:
    """Separate standard input to standard output."""
    if not 0 < args.chunk_ms <= LONGEST_MS:
        raise ValueError(f"--chunk-ms: give more than 0 and at most {LONGEST_MS} milliseconds")
    separator = chosen_model(args)
    gains = _one_stem(stem_gains(separator, chosen_stems(args)))
    rate = separator.sample_rate_hz
    with waiting("preparing the stream"):
        stepper = _stepper(separator)
        stream = Stream(stepper, round(args.chunk_ms / 1000 * rate))
        stream(np.zeros((stream.chunk_samples, separator.channels)))  # makes what runs fast
        stream.reset()
    with _source(args.raw, separator) as source:
        own, chunk = (1000 * n / rate for n in (stepper.latency, stream.chunk_samples))
        print(
            f"stems come {own:.0f} ms late, and a chunk of {chunk:.0f} ms before that",
            file=sys.stderr,
            flush=True,
        )
        with _sink(args.raw, source, separator) as sink:
            _separate(stream, source, sink, gains)
    return 0


def _one_stem(gains):
    if len(gains) > 1:
        raise ValueError(
            f"one stem fits on standard output: choose with --stems NAME or --mix. The model has "
            f"{brief_names(gains)}"
        )
    (only,) = gains.values()
    return only.astype("float32")


def _stepper(separator: Any) -> Stepper:
    try:
        return Stepper(separator)
    except ValueError:  # it looks ahead
        return Stepper(separator, block_grid(separator))


def _source(raw: str | None, separator: Any) -> soundfile.SoundFile:
    if sys.stdin.isatty():
        raise ValueError("there is no sound on standard input: pipe it in, as with `< song.wav`")
    if raw is not None:
        return soundfile.SoundFile(
            sys.stdin.fileno(),
            format="RAW",
            subtype=SUBTYPES[raw],
            samplerate=separator.sample_rate_hz,
            channels=separator.channels,
            closefd=False,
        )
    try:
        source = soundfile.SoundFile(sys.stdin.fileno(), closefd=False)
    except soundfile.LibsndfileError as error:
        raise ValueError(
            "standard input must be a WAV file, or samples that --raw describes "
            f"({error.error_string})"
        ) from None
    if source.samplerate != separator.sample_rate_hz:
        raise ValueError(
            f"standard input has {source.samplerate} Hz, and the model {separator.sample_rate_hz}: "
            f"resample it on the way, as with `ffmpeg -i - -ar {separator.sample_rate_hz} -f wav -`"
        )
    if source.channels not in (1, separator.channels):
        raise ValueError(
            f"standard input has {source.channels} channels, and the model {separator.channels}"
        )
    return source


def _sink(raw: str | None, source: Any, separator: Any) -> soundfile.SoundFile:
    rate, channels = separator.sample_rate_hz, separator.channels
    subtype = SUBTYPES[raw] if raw else source.subtype
    if subtype not in SUBTYPES.values():
        subtype = "FLOAT"
    if raw is None:
        sys.stdout.buffer.write(_wav_header(rate, channels, subtype))
        sys.stdout.buffer.flush()
    return soundfile.SoundFile(
        sys.stdout.fileno(),
        "w",
        format="RAW",
        subtype=subtype,
        samplerate=rate,
        channels=channels,
        closefd=False,
    )


def _wav_header(rate: int, channels: int, subtype: str) -> bytes:
    """The beginning of a WAV file of unknown length."""
    code, size = (3, 4) if subtype == "FLOAT" else (1, int(subtype[-2:]) // 8)
    frame = channels * size
    kind = struct.pack("<HHIIHH", code, channels, rate, rate * frame, frame, 8 * size)
    begin = struct.pack("<4sI4s4sI", b"RIFF", UNKNOWN, b"WAVE", b"fmt ", len(kind))
    return begin + kind + struct.pack("<4sI", b"data", UNKNOWN)


def _separate(stream: Stream, source: Any, sink: Any, gains: np.ndarray) -> None:
    """Write the stem of the sound, without what comes out before and after it."""
    rate, latency = source.samplerate, stream.stepper.latency
    heard = np.zeros((latency, sink.channels), "float32")  # the mixture, as late as the stems
    early, read, written, late, count = latency, 0, 0, 0, 0
    started = time.monotonic()
    for chunk, sound in _chunks(source, sink.channels, stream.chunk_samples, latency):
        begun = time.monotonic()
        heard = np.concatenate([heard, chunk])
        parts = np.concatenate([heard[: len(chunk), :, None], stream(chunk)], axis=-1)
        heard = heard[len(chunk) :]
        late += time.monotonic() - begun > len(chunk) / rate
        count += 1
        read += sound
        stem = (parts @ gains)[early:][: read - written]
        early = max(0, early - len(chunk))
        sink.write(stem)
        sink.flush()
        written += len(stem)
    print(
        f"{read / rate:.1f} s of sound in {time.monotonic() - started:.1f} s; {late} of {count} "
        "chunks took longer than they last",
        file=sys.stderr,
    )


def _chunks(source: Any, channels: int, size: int, latency: int) -> Iterator[tuple[Any, int]]:
    """Chunks of the sound, then of the silence that brings out its end; and how much is sound."""
    silence = latency
    while silence > 0 or latency == 0:
        sound = source.read(size, dtype="float32", always_2d=True)
        sound = np.broadcast_to(sound, (len(sound), channels))  # of one channel for all
        if len(sound) == 0 and latency == 0:
            return
        yield np.pad(sound, ((0, size - len(sound)), (0, 0))), len(sound)
        silence -= size - len(sound)
