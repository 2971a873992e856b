"""Decoding with libsndfile: uncompressed formats and FLAC."""

import os
from pathlib import Path

import numpy as np
import soundfile

from keras_sep.data.audio._file_part import WHOLE, Part

# Formats in which seeking gives exactly the samples that decoding from the start gives.
_EXACT_SEEK = frozenset({"WAV", "WAVEX", "RF64", "W64", "FLAC", "AIFF", "AU", "CAF"})
_PIECE = 1 << 18  # samples
_BYTES = {
    "PCM_S8": 1,
    "PCM_U8": 1,
    "ULAW": 1,
    "ALAW": 1,
    "PCM_16": 2,
    "PCM_24": 3,
    "PCM_32": 4,
    "FLOAT": 4,
    "DOUBLE": 8,
}


class SoundfileDecoder:
    """libsndfile's decoder of a file.

    Args:
        path: Path of the file.
        part: Bytes of the file to read. Default: all.
    """

    def __init__(self, path: Path, part: Part = WHOLE):
        # by descriptor: libsndfile then needs no name, which might not be UTF-8, or end in .raw
        self._opened = part.open(path)
        source = self._opened.fileno() if part == WHOLE else self._opened
        try:
            self._file = soundfile.SoundFile(source, closefd=False)
        except BaseException:
            self._opened.close()
            raise
        self.sample_rate_hz: int = self._file.samplerate
        self.channels: int = self._file.channels
        self.samples: int = self._file.frames
        self.format: str = self._file.format
        self.subtype: str = self._file.subtype

    @property
    def seeks_exactly(self) -> bool:
        """Whether `skip` seeks instead of decoding."""
        return bool(self._file.seekable()) and self.format in _EXACT_SEEK

    @property
    def bytes_per_sample(self) -> int | None:
        """Bytes of one sample of all channels; None if samples are packed."""
        width = _BYTES.get(self.subtype)
        return width and width * self.channels

    def read(self, samples: int) -> np.ndarray:
        """Read the next samples, float32 (samples, channels); fewer only at the end of the file."""
        # NumPy scales them to the same numbers as libsndfile, but faster
        dtype = "int16" if self.subtype == "PCM_16" else "float32"
        array = self._file.read(samples, dtype=dtype, always_2d=True)
        if dtype == "int16":
            return np.multiply(array, np.float32(2**-15), dtype=np.float32)
        return array

    def skip(self, samples: int) -> None:
        """Skip the next samples."""
        if self.seeks_exactly:
            self._file.seek(samples, os.SEEK_CUR)
            return
        while samples > 0 and (read := len(self.read(min(samples, _PIECE)))):
            samples -= read

    def count(self) -> int:
        """Skip to the end, and return the number of samples skipped."""
        counted = 0
        while read := len(self.read(_PIECE)):
            counted += read
        return counted

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        self._opened.close()
