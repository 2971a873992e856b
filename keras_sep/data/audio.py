"""Reading audio files, whole or in part, as float32 arrays of (samples, channels)."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile

from keras_sep.data.audio_error import AudioError

# What a seek in these lands on is exactly what decoding from the start gives. Vorbis is not among
# them: libsndfile 1.2.2 is off after a seek into an Ogg file. MP3 carries bits over from earlier
# frames and its headers may lie about the length.
_EXACT_SEEK = frozenset({"WAV", "WAVEX", "RF64", "W64", "FLAC", "AIFF", "AU", "CAF"})
_DISCARD_SAMPLES = 1 << 18
_UNKNOWN_LENGTH = (0, 0xFFFFFFFF)  # what a WAV written to a pipe declares


class AudioInfo(NamedTuple):
    """What the header of an audio file says: rate in Hz, samples a channel, channels."""

    sample_rate_hz: int
    samples: int
    channels: int


def audio_info(path: str | Path) -> AudioInfo:
    """Read the sample rate, length and channel count of a file without decoding it.

    Args:
        path: A file of any format that libsndfile knows: WAV, FLAC, Ogg, MP3 and others.

    Returns:
        An `AudioInfo`.

    Raises:
        AudioError: If the file is missing, empty, cut short (where the header tells), not audio,
            or holds no samples.
    """
    with open_audio(path) as file:
        return AudioInfo(file.samplerate, file.frames, file.channels)


def read_audio(
    path: str | Path, start: int = 0, samples: int | None = None
) -> tuple[np.ndarray, int]:
    """Read a file, or a part of it, at its own sample rate.

    Parts agree with the whole to the last bit: formats in which a seek is not exact (Ogg, MP3)
    are decoded from the start.

    Args:
        path: The audio file.
        start: First sample to read.
        samples: How many samples to read; None reads to the end.

    Returns:
        A float32 array of shape (samples, channels), full scale at -1 and 1, and the sample rate
        in Hz.

    Raises:
        AudioError: As `audio_info` does, and if the part lies outside the file, fewer samples
            can be decoded than the header promises, or a sample is NaN or infinite.

    Example:

    >>> import tempfile, numpy as np
    >>> path = tempfile.mkdtemp() + "/tone.wav"
    >>> _ = keras_sep.data.write_audio(path, np.zeros((700, 2)), 8000)
    >>> part, sample_rate_hz = keras_sep.data.read_audio(path, start=100, samples=11)
    >>> part.shape, sample_rate_hz
    ((11, 2), 8000)
    """
    with open_audio(path) as file:
        wanted = file.frames - start if samples is None else samples
        if start < 0 or wanted < 0 or start + wanted > file.frames:
            raise AudioError(
                path,
                f"samples {start} to {start + wanted} wanted, but the file holds {file.frames}",
            )
        _skip(file, start)
        array = _decode(file, wanted)
        if len(array) != wanted:
            raise AudioError(
                path,
                f"cut short: the header promises {file.frames} samples a channel, "
                f"{start + len(array)} can be decoded",
            )
        if array.dtype == np.int16:
            return np.multiply(array, np.float32(2**-15), dtype=np.float32), file.samplerate
        require_finite(path, array, start)
        return array, file.samplerate


def _decode(file: soundfile.SoundFile, samples: int) -> np.ndarray:
    """Samples as they are stored where that is int16, else as float32.

    Scaled by NumPy they are the same numbers, sooner.
    """
    dtype = "int16" if file.subtype == "PCM_16" else "float32"
    return file.read(samples, dtype=dtype, always_2d=True)


def require_finite(path: str | Path, array: np.ndarray, start: int = 0) -> None:
    """Raise an `AudioError` that names the first NaN or infinite sample, if there is one.

    Args:
        path: The file that the samples came from.
        array: Samples, shape (samples, channels).
        start: Where in the file the array begins, in samples.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        suspicious = not np.isfinite(array.sum())
    if suspicious and not (finite := np.isfinite(array).all(axis=1)).all():
        raise AudioError(path, f"sample {start + int(np.argmin(finite))} is NaN or infinite")


@contextlib.contextmanager
def open_audio(path: str | Path) -> Iterator[soundfile.SoundFile]:
    """Open a file for reading block by block; whatever goes wrong inside is an `AudioError`.

    Args:
        path: The audio file.

    Returns:
        A context manager that gives the open `soundfile.SoundFile`.
    """
    path = Path(path)
    try:
        if not path.exists():
            raise AudioError(path, "no such file")
        if not path.is_file():
            raise AudioError(path, "a folder, not an audio file")
        if path.stat().st_size == 0:
            raise AudioError(path, "an empty file (0 bytes)")
        with soundfile.SoundFile(path) as file:
            _require_whole(path, file)
            yield file
    except soundfile.LibsndfileError as error:
        reason = error.error_string.removeprefix("Error : ").strip(" .")
        raise AudioError(path, f"not a readable audio file ({reason})") from error
    except OSError as error:
        raise AudioError(path, f"cannot be read ({error.strerror or error})") from error


def _require_whole(path: Path, file: soundfile.SoundFile) -> None:
    """Catch what libsndfile passes over in silence: no samples, a WAV or Ogg cut short."""
    declared = re.search(r"^\s*data\s*:\s*(\d+) \(should be (\d+)\)", file.extra_info, re.M)
    if declared and int(declared[1]) not in _UNKNOWN_LENGTH and int(declared[1]) > int(declared[2]):
        raise AudioError(
            path, f"cut short: the header promises {declared[1]} bytes, the file has {declared[2]}"
        )
    if file.format == "OGG" and not _ogg_ends(path):
        raise AudioError(path, "cut short: the Ogg stream has no last page")
    if file.frames == 0:
        raise AudioError(path, "holds no samples")


def _ogg_ends(path: Path) -> bool:
    """Whether the last page of an Ogg file is whole and carries the end-of-stream flag."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 65536))  # no page is longer
        tail = file.read()
    page = tail[max(0, tail.rfind(b"OggS")) :]
    if len(page) < 27 or not page[5] & 4:
        return False
    segments = page[26]
    return len(page) >= 27 + segments + sum(page[27 : 27 + segments])


def _skip(file: soundfile.SoundFile, samples: int) -> None:
    if file.format in _EXACT_SEEK:
        file.seek(samples)
        return
    while samples > 0 and (read := len(file.read(min(samples, _DISCARD_SAMPLES), dtype="float32"))):
        samples -= read


def seeks_exactly(path: str | Path) -> bool:
    """Whether a part of this file can be read without decoding all that comes before it."""
    with open_audio(path) as file:
        return file.format in _EXACT_SEEK
