"""Standard input and output as source and sink of a stream."""

import struct
import sys
from typing import Any

import numpy as np
import soundfile

SUBTYPES = {"s16": "PCM_16", "s24": "PCM_24", "s32": "PCM_32", "f32": "FLOAT"}
UNKNOWN = 2**32 - 1  # bytes of a WAV file that is written to a pipe


class PipedSource:
    """The sound on standard input.

    Args:
        raw: Name of the samples, of `SUBTYPES`, or None for a WAV file.
        rate_hz: Sample rate of the model in Hz, which is that of the sound.
        channels: Number of channels of the model; a WAV file may have one.

    Attributes:
        subtype: Subtype of the samples, as soundfile calls it.
    """

    def __init__(self, raw: str | None, rate_hz: int, channels: int):
        if sys.stdin.isatty():
            raise ValueError(
                "there is no sound on standard input: pipe it in, as with `< song.wav`, or give a "
                "sound device, as with `--input default`"
            )
        self._channels = channels
        self._file = _raw_source(raw, rate_hz, channels) if raw else _wav_source(rate_hz, channels)
        self.subtype = self._file.subtype

    def read(self, samples: int) -> np.ndarray:
        """The next samples (samples, channels), for which it waits; fewer at the end."""
        sound = self._file.read(samples, dtype="float32", always_2d=True)
        return np.broadcast_to(sound, (len(sound), self._channels))  # of one channel for all

    def close(self) -> None:
        self._file.close()


class PipedSink:
    """The sound on standard output.

    Args:
        raw: Name of the samples, of `SUBTYPES`, or None for a WAV file of unknown length.
        subtype: Subtype of a WAV file, as soundfile calls it, where it is one of `SUBTYPES`.
        rate_hz: Sample rate of the model in Hz.
        channels: Number of channels.
    """

    def __init__(self, raw: str | None, subtype: str, rate_hz: int, channels: int):
        if sys.stdout.isatty():
            raise ValueError(
                "standard output is a terminal: send it on, as with `> stem.wav`, or give a sound "
                "device, as with `--output default`"
            )
        subtype = SUBTYPES[raw] if raw else subtype
        if subtype not in SUBTYPES.values():
            subtype = "FLOAT"
        if raw is None:
            sys.stdout.buffer.write(_wav_header(rate_hz, channels, subtype))
            sys.stdout.buffer.flush()
        self._file = _raw_file(sys.stdout, "w", subtype, rate_hz, channels)

    def write(self, samples: np.ndarray) -> None:
        """Write samples (samples, channels)."""
        self._file.write(samples)
        self._file.flush()

    def finish(self) -> None:
        """Nothing is left to be written."""

    def close(self) -> None:
        self._file.close()


def _raw_file(stream, mode, subtype, rate_hz, channels):
    return soundfile.SoundFile(
        stream.fileno(),
        mode,
        format="RAW",
        subtype=subtype,
        samplerate=rate_hz,
        channels=channels,
        closefd=False,
    )


def _raw_source(raw, rate_hz, channels):
    return _raw_file(sys.stdin, "r", SUBTYPES[raw], rate_hz, channels)


def _wav_source(rate_hz, channels) -> Any:
    try:
        source = soundfile.SoundFile(sys.stdin.fileno(), closefd=False)
    except soundfile.LibsndfileError as error:
        raise ValueError(
            "standard input must be a WAV file, or samples that --raw describes "
            f"({error.error_string})"
        ) from None
    if source.samplerate != rate_hz:
        raise ValueError(
            f"standard input has {source.samplerate} Hz, and the model {rate_hz}: "
            f"resample it on the way, as with `ffmpeg -i - -ar {rate_hz} -f wav -`"
        )
    if source.channels not in (1, channels):
        raise ValueError(f"standard input has {source.channels} channels, and the model {channels}")
    return source


def _wav_header(rate: int, channels: int, subtype: str) -> bytes:
    """The beginning of a WAV file of unknown length."""
    code, size = (3, 4) if subtype == "FLOAT" else (1, int(subtype[-2:]) // 8)
    frame = channels * size
    kind = struct.pack("<HHIIHH", code, channels, rate, rate * frame, frame, 8 * size)
    begin = struct.pack("<4sI4s4sI", b"RIFF", UNKNOWN, b"WAVE", b"fmt ", len(kind))
    return begin + kind + struct.pack("<4sI", b"data", UNKNOWN)
