"""One song of a data set: its stems, and how to read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keras_sep.data.audio.channels import match_channels
from keras_sep.data.audio.read_resampled import read_resampled

ACCOMPANIMENT = "accompaniment"
VOCALS = "vocals"


@dataclass(frozen=True)
class Track:
    """One song: stems that add up to a mixture.

    Args:
        name: What the folder is called.
        stems: The file of each stem; `mixture` is never one.
        mixture: The file of the mixture, if there is one. Training sums the stems instead.
        sample_rate_hz: The rate at which it is read, in Hz. Files at other rates are resampled.
        samples: Its length in samples at that rate.
        channels: The number of channels it is read with.
    """

    name: str
    stems: dict[str, Path]
    mixture: Path | None
    sample_rate_hz: int
    samples: int
    channels: int

    def files(self, source: str) -> tuple[Path, ...]:
        """The files whose sum is this source.

        That is the stem of this name. `accompaniment`, where it is not given, is every stem but
        `vocals`.

        Raises:
            ValueError: If there is none.
        """
        files = source_files(self.stems, source)
        if not files:
            raise ValueError(f"track {self.name!r} has no stem {source!r}. It has: {[*self.stems]}")
        return files

    def read(self, source: str, start: int = 0, samples: int | None = None) -> np.ndarray:
        """Read one source, or a part of it: float32, shape (samples, channels)."""
        files = self.files(source)
        samples = self.samples - start if samples is None else samples
        out = self._read(files[0], start, samples)
        for file in files[1:]:
            out = out + self._read(file, start, samples)
        return out

    def read_sources(self, sources: Sequence[str]) -> np.ndarray:
        """Read whole sources: float32, shape (samples, channels, sources)."""
        return np.stack([self.read(source) for source in sources], axis=-1)

    def read_mixture(self) -> np.ndarray:
        """Read the mixture: its file, or else the sum of the stems. Shape (samples, channels)."""
        if self.mixture is not None:
            return self._read(self.mixture, 0, self.samples)
        parts = [name for name in self.stems if name != ACCOMPANIMENT]
        if ACCOMPANIMENT in self.stems and len(parts) < 2:
            parts = [*self.stems]
        return np.sum([self.read(name) for name in parts], axis=0)

    def _read(self, file: Path, start: int, samples: int) -> np.ndarray:
        array = read_resampled(file, self.sample_rate_hz, start, samples)
        return match_channels(array, self.channels)


def source_files(stems: dict[str, Path], source: str) -> tuple[Path, ...]:
    """The files whose sum is a source, or none: see `Track.files`."""
    if source in stems:
        return (stems[source],)
    if source == ACCOMPANIMENT:
        return tuple(path for name, path in stems.items() if name != VOCALS)
    return ()
