"""An audio file of a data set without tracks: an utterance, a piece of music, a noise."""

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
    """An audio file of a single source; `find_recordings` makes them.

    A `Track`, in contrast, has stems.

    Args:
        path: Path of the file.
        sample_rate_hz: Sample rate to read it at, in Hz; a file at another rate is resampled.
        samples: Length in samples at that rate.
        channels: Number of channels to read it with.

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
        """Read it, or part of it, as a float32 array that may be read-only, (samples, channels).

        The most recent gibibyte of recordings that were read whole is kept in memory.
        """
        samples = self.samples - start if samples is None else samples
        if (start, samples) != (0, self.samples):
            return self._read(start, samples)
        try:
            key = (self, file_version(os.stat(self.path)))
        except OSError:
            return self._read(0, samples)  # which reports the problem
        return _kept.get(key, lambda: self._read(0, samples))

    def _read(self, start: int, samples: int) -> np.ndarray:
        array = read_resampled(self.path, self.sample_rate_hz, start, samples)
        return match_channels(array, self.channels)
