"""Reading audio files, whole or in part, as float32 arrays of (samples, channels)."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from keras_sep.data.audio._examine_audio import AudioInfo, examine_audio
from keras_sep.data.audio.audio_error import AudioError
from keras_sep.data.audio.audio_file import AudioFile, audio_errors


def audio_info(path: str | Path) -> AudioInfo:
    """Read the sample rate, length and channel count of a file.

    The length is counted, never guessed: if the header does not state it reliably, as in MP3, Ogg
    and M4A, the file is decoded once, and the count is remembered until the file changes.

    Args:
        path: Path of a file in any format that libsndfile or FFmpeg reads: WAV, FLAC, AIFF, Ogg,
            MP3, M4A, the sound of a video, and others. Of a stem file, the mixture is read;
            `song.stem.mp4/vocals` is its stem `vocals`.

    Returns:
        An `AudioInfo`.

    Raises:
        AudioError: If the file is missing, empty, cut short, damaged, not audio, at a rate
            outside 1 kHz to 1 MHz, or contains no samples.

    Example:

    >>> import tempfile, numpy as np
    >>> path = tempfile.mkdtemp() + "/tone.wav"
    >>> _ = keras_sep.data.write_audio(path, np.zeros((700, 2)), 8000)
    >>> keras_sep.data.audio_info(path)
    AudioInfo(sample_rate_hz=8000, samples=700, channels=2)
    """
    return examine_audio(Path(path)).info


def read_audio(
    path: str | Path, start: int = 0, samples: int | None = None
) -> tuple[np.ndarray, int]:
    """Read a file, or part of it, at its own sample rate.

    A part equals the same samples of the whole to the last bit: formats in which seeking is not
    exact (Ogg, MP3, M4A) are decoded from the start.

    Args:
        path: Path of the file, or of a stem in a stem file, as for `audio_info`.
        start: First sample to read. Default 0.
        samples: Number of samples per channel to read; None for all up to the end. Default None.

    Returns:
        A float32 array of shape (samples, channels), full scale at -1 and 1, and the sample rate
        in Hz.

    Raises:
        AudioError: As from `audio_info`, and if the part lies outside the file, cannot all be
            decoded, or holds a NaN or infinite sample.

    Example:

    >>> import tempfile, numpy as np
    >>> path = tempfile.mkdtemp() + "/tone.wav"
    >>> _ = keras_sep.data.write_audio(path, np.zeros((700, 2)), 8000)
    >>> part, sample_rate_hz = keras_sep.data.read_audio(path, start=100, samples=11)
    >>> part.shape, sample_rate_hz
    ((11, 2), 8000)
    """
    with open_audio(path) as file:
        wanted = file.samples - start if samples is None else samples
        if start < 0 or wanted < 0 or start + wanted > file.samples:
            raise AudioError(
                path,
                f"samples {start} to {start + wanted} wanted, but the file holds {file.samples}",
            )
        if start:
            file.skip(start)
        return file.read(wanted), file.sample_rate_hz


@contextlib.contextmanager
def open_audio(path: str | Path) -> Iterator[AudioFile]:
    """Open a file for reading block by block.

    Args:
        path: Path of the file.

    Returns:
        A context manager that yields an `AudioFile`.

    Raises:
        AudioError: As from `read_audio`, when opening or reading.

    Example:

    >>> import tempfile, numpy as np
    >>> path = tempfile.mkdtemp() + "/tone.wav"
    >>> _ = keras_sep.data.write_audio(path, np.zeros((700, 2)), 8000)
    >>> with keras_sep.data.open_audio(path) as file:
    ...     file.samples, len(file.read(400)), len(file.read(400)), len(file.read(400))
    (700, 400, 300, 0)
    """
    path = Path(path)
    examined = examine_audio(path)
    with audio_errors(path):
        decoder = examined.decoder()
    with contextlib.closing(decoder):
        yield AudioFile(path, decoder, examined.info.samples)


def seeks_exactly(path: str | Path) -> bool:
    """Whether part of this file can be read without decoding everything before it."""
    return examine_audio(Path(path)).seeks_exactly
