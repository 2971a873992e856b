"""A mixture of whole recordings."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from keras_sep.data.layouts.levels import to_level
from keras_sep.data.layouts.recording import Recording


@dataclass(frozen=True)
class Mixture:
    """A mixture of whole recordings, one per source; `draw_mixtures` makes them.

    It reads like a `Track`. Each source is scaled to its level, relative to a root mean square of
    0.1 over the whole recording, and then cut or zero-padded to the length of the mixture.

    Args:
        name: Name of the mixture.
        recordings: Recording of each source.
        level_db: Level of each source in decibels relative to a root mean square of 0.1.
        samples: Length in samples.

    Example:

    >>> import tempfile
    >>> root = tempfile.mkdtemp()
    >>> for name, samples in (("ann", 700), ("bob", 500)):
    ...     _ = keras_sep.data.write_audio(f"{root}/{name}/0.wav", np.ones((samples, 1)), 8000)
    >>> voices = keras_sep.data.find_recordings(root)
    >>> heard = {"s1": voices["ann"][0], "s2": voices["bob"][0]}
    >>> mixture = keras_sep.data.Mixture("two", heard, {"s1": 0.0, "s2": 20.0}, 600)
    >>> print(mixture.read_mixture()[[499, 500], 0].round(3))
    [1.1 0.1]
    """

    name: str
    recordings: dict[str, Recording]
    level_db: dict[str, float]
    samples: int

    @property
    def sample_rate_hz(self) -> int:
        """The sample rate of all its recordings, in Hz."""
        return next(iter(self.recordings.values())).sample_rate_hz

    @property
    def channels(self) -> int:
        """The number of channels of all its recordings."""
        return next(iter(self.recordings.values())).channels

    def read(self, source: str) -> np.ndarray:
        """Read one source: float32, shape (samples, channels)."""
        if source not in self.recordings:
            raise ValueError(
                f"mixture {self.name!r} has no source {source!r}. It has: {[*self.recordings]}"
            )
        whole = to_level(self.recordings[source].read(), self.level_db[source])
        out = np.zeros((self.samples, self.channels), np.float32)
        out[: len(whole)] = whole[: self.samples]
        return out

    def read_sources(self, sources: Sequence[str]) -> np.ndarray:
        """Read several sources: float32, shape (samples, channels, sources)."""
        return np.stack([self.read(source) for source in sources], axis=-1)

    def read_mixture(self) -> np.ndarray:
        """Read the sum of all sources: float32, shape (samples, channels)."""
        return self.read_sources([*self.recordings]).sum(axis=-1)
