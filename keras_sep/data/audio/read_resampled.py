"""Parts of a file at another sample rate, on the grid of the whole file resampled."""

import math
from pathlib import Path

import numpy as np

from keras_sep._printable import printable
from keras_sep.data.audio._file_version import file_version
from keras_sep.data.audio._kept_arrays import KeptArrays
from keras_sep.data.audio.read_audio import audio_info, read_audio, seeks_exactly
from keras_sep.data.audio.resample import resample, resampled_length
from keras_sep.data.audio.stem_file import file_and_stem

# The filter of soxr's HQ quality spans fewer samples than this at the lower of the two rates.
_FILTER_SAMPLES = 512
_KEEP_BYTES = 1 << 30
_kept = KeptArrays(_KEEP_BYTES)


def read_resampled(
    path: str | Path, sample_rate_hz: int, start: int = 0, samples: int | None = None
) -> np.ndarray:
    """Read a file, or part of it, at a given sample rate.

    A part equals the same samples of the whole file resampled: the input is read from a sample that
    falls exactly on the output's grid, with context for the filter on either side. Ogg, MP3 and
    M4A, in which seeking is not exact, are decoded whole, and the most recent gibibyte of them is
    kept in memory.

    Args:
        path: Path of the file.
        sample_rate_hz: Sample rate wanted, in Hz.
        start: First sample, counted at that rate. Default 0.
        samples: Number of samples, counted at that rate; None for all up to the end. Default None.

    Returns:
        A float32 array, shape (samples, channels).

    Raises:
        AudioError: As from `read_audio`.
        ValueError: If the part lies outside the file.

    Example:

    >>> import tempfile
    >>> path = tempfile.mkdtemp() + "/tone.wav"
    >>> _ = keras_sep.data.write_audio(path, np.zeros((44100, 2)), 44100)
    >>> keras_sep.data.read_resampled(path, 8000, start=100, samples=11).shape
    (11, 2)
    """
    info = audio_info(path)
    total = resampled_length(info.samples, info.sample_rate_hz, sample_rate_hz)
    stop = total if samples is None else start + samples
    if not 0 <= start <= stop <= total:
        raise ValueError(
            f"{printable(path)}: samples {start} to {stop} wanted, but it has {total} at "
            f"{sample_rate_hz} Hz"
        )
    if info.sample_rate_hz == sample_rate_hz:
        return _read(path, start, stop - start)
    # `step` samples of the input last exactly as long as `grid` samples of the output
    common = math.gcd(info.sample_rate_hz, sample_rate_hz)
    step, grid = info.sample_rate_hz // common, sample_rate_hz // common
    margin = math.ceil(_FILTER_SAMPLES * max(1.0, info.sample_rate_hz / sample_rate_hz))
    steps_before = max(0, (start * step // grid - margin) // step)
    first = steps_before * step
    last = min(info.samples, math.ceil(stop * step / grid) + margin)
    part = resample(_read(path, first, last - first), info.sample_rate_hz, sample_rate_hz)
    begin = start - steps_before * grid
    return part[begin : begin + stop - start]


def _read(path: str | Path, start: int, samples: int) -> np.ndarray:
    if seeks_exactly(path):
        return read_audio(path, start, samples)[0]
    return _decoded(Path(path))[start : start + samples]


def _decoded(path: Path) -> np.ndarray:
    key = (path, file_version(file_and_stem(path)[0].stat()))
    return _kept.get(key, lambda: read_audio(path)[0])
