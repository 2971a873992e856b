"""One audio file of a data set without tracks: an utterance, a piece of music, a noise."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keras_sep.data.audio._file_version import file_version
from keras_sep.data.audio._kept_arrays import KeptArrays
from keras_sep.data.audio.channels import match_channels
from keras_sep.data.audio.read_resampled import read_resampled

KEEP_BYTES = 1 << 30  # of recordings that are read whole
_kept = KeptArrays(KEEP_BYTES)


@dataclass(frozen=True)
class Recording:
    """One audio file, and how to read it; `find_recordings` makes them.

    It is not a `Track`, which has stems: a recording holds one source alone.

    Args:
        path: The file.
        sample_rate_hz: The rate at which it is read, in Hz. A file at another rate is resampled.
        samples: Its length in samples at that rate.
        channels: The number of channels it is read with.

    Example:

    >>> import tempfile
    >>> root = tempfile.mkdtemp()
    >>> _ = keras_sep.data.write_audio(f"{root}/ann/one.wav", np.zeros((700, 2)), 8000)
    >>> (recording,) = keras_sep.data.find_recordings(root, channels=1)["ann"]
    >>> recording.samples, recording.read(start=100, samples=11).shape
    (700, (11, 1))
    """

    path: Path
    sample_rate_hz: int
    samples: int
    channels: int

    def read(self, start: int = 0, samples: int | None = None) -> np.ndarray:
        """Read it, or a part of it: float32, shape (samples, channels), not to be written to.

        Recordings that are read whole are kept in memory, the most recent gibibyte of them.
        """
        samples = self.samples - start if samples is None else samples
        if (start, samples) != (0, self.samples):
            return self._read(start, samples)
        try:
            key = (self, file_version(os.stat(self.path)))
        except OSError:
            return self._read(0, samples)  # which says what is wrong
        return _kept.get(key, lambda: self._read(0, samples))

    def _read(self, start: int, samples: int) -> np.ndarray:
        array = read_resampled(self.path, self.sample_rate_hz, start, samples)
        return match_channels(array, self.channels)
