"""Decoding by libsndfile: what stores its samples, and FLAC."""

import os
from typing import BinaryIO, NamedTuple

import numpy as np
import soundfile

# What a seek in these lands on is exactly what decoding from the start gives.
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


class Bare(NamedTuple):
    """Samples without a header that can be believed: where they begin, and how they are stored."""

    start: int
    samplerate: int
    channels: int
    subtype: str
    endian: str


class SoundfileDecoder:
    """Samples of an open file by libsndfile.

    Args:
        file: The file, opened without a buffer.
        bare: Where the samples are, if the header is not to be asked. Default None.
    """

    def __init__(self, file: BinaryIO, bare: Bare | None = None):
        os.lseek(file.fileno(), bare.start if bare else 0, os.SEEK_SET)
        options = {**bare._asdict(), "format": "RAW"} if bare else {}
        options.pop("start", None)
        self._file = soundfile.SoundFile(file.fileno(), closefd=False, **options)
        self.sample_rate_hz: int = self._file.samplerate
        self.channels: int = self._file.channels
        self.samples: int = self._file.frames
        self.format: str = self._file.format
        self.subtype: str = self._file.subtype

    @property
    def seeks_exactly(self) -> bool:
        """Whether `skip` costs nothing."""
        return bool(self._file.seekable()) and self.format in {*_EXACT_SEEK, "RAW"}

    @property
    def bytes_per_sample(self) -> int | None:
        """Bytes of one sample of all channels; None where they are packed."""
        width = _BYTES.get(self.subtype)
        return width and width * self.channels

    def read(self, samples: int) -> np.ndarray:
        """The next samples, float32 (samples, channels), fewer only where the file ends."""
        # scaled by NumPy they are the same numbers as libsndfile's, sooner
        dtype = "int16" if self.subtype == "PCM_16" else "float32"
        array = self._file.read(samples, dtype=dtype, always_2d=True)
        if dtype == "int16":
            return np.multiply(array, np.float32(2**-15), dtype=np.float32)
        return array

    def skip(self, samples: int) -> None:
        """Leave out the next samples."""
        if self.seeks_exactly:
            self._file.seek(samples, os.SEEK_CUR)
            return
        while samples > 0 and (read := len(self.read(min(samples, _PIECE)))):
            samples -= read

    def count(self) -> int:
        """Samples from here to the end, which are left out."""
        counted = 0
        while read := len(self.read(_PIECE)):
            counted += read
        return counted

    def close(self) -> None:
        """Leave the file."""
        self._file.close()
