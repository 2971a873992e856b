"""A stretch of one source, which may reach beyond the ends of its track."""

import math
from typing import NamedTuple

import numpy as np

from keras_sep._frames import reflected
from keras_sep.data.layouts.track import Track
from keras_sep.data.pipelines.repitch import TAIL_SECONDS, repitch


class Span(NamedTuple):
    """Samples `start` to `stop` of a source; outside the track its reflection, or zeros.

    At another tempo it has the same length, but covers more or less of the track.
    """

    track: Track
    source: str
    start: int
    stop: int
    tempo: float = 1.0
    pitch_semitones: float = 0.0
    reflect: bool = True

    @property
    def original_samples(self) -> int:
        """Number of samples of the track that are played."""
        samples = self.stop - self.start
        if (self.tempo, self.pitch_semitones) == (1.0, 0.0):
            return samples
        return math.ceil((samples + TAIL_SECONDS * self.track.sample_rate_hz) * self.tempo)

    @property
    def window(self) -> tuple[int, int]:
        """First sample, and number of samples, that must be read for it."""
        samples = min(self.original_samples, self.track.samples)
        return min(max(self.start, 0), self.track.samples - samples), samples

    def play(self, array: np.ndarray) -> np.ndarray:
        """The span, shape (stop - start, channels), from the samples of its window."""
        first, samples = self.window
        if (first, samples) != (self.start, self.original_samples):
            wanted = np.arange(self.start, self.start + self.original_samples)
            array = array[reflected(wanted, self.track.samples) - first]
            if not self.reflect:
                array[(wanted < 0) | (wanted >= self.track.samples)] = 0
        rate = self.track.sample_rate_hz
        return repitch(array, self.stop - self.start, rate, self.tempo, self.pitch_semitones)

    def read(self) -> np.ndarray:
        """The span, read from the track: float32, shape (stop - start, channels)."""
        return self.play(self.track.read(self.source, *self.window))
