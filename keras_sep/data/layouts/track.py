"""A track of a data set: stems that add up to a mixture."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keras_sep.data.audio.channels import match_channels
from keras_sep.data.audio.read_resampled import read_resampled
from keras_sep.data.audio.stem_file import file_and_stem

ACCOMPANIMENT = "accompaniment"
VOCALS = "vocals"


@dataclass(frozen=True)
class Track:
    """A track, such as a song: stems that add up to a mixture; `find_tracks` makes them.

    Args:
        name: Name of its folder.
        stems: File of each stem; `mixture` is not one.
        mixture: File of the mixture, or None. Training sums the stems instead.
        sample_rate_hz: Sample rate to read it at, in Hz; files at other rates are resampled.
        samples: Length in samples at that rate.
        channels: Number of channels to read it with.
    """

    name: str
    stems: dict[str, Path]
    mixture: Path | None
    sample_rate_hz: int
    samples: int
    channels: int

    def files(self, source: str) -> tuple[Path, ...]:
        """The files whose sum is a source.

        A source is the stem of that name. `accompaniment`, without its own file, is the sum of
        all stems except `vocals`.

        Raises:
            ValueError: If there are none.
        """
        files = source_files(self.stems, source)
        if not files:
            raise ValueError(f"track {self.name!r} has no stem {source!r}. It has: {[*self.stems]}")
        return files

    def read(self, source: str, start: int = 0, samples: int | None = None) -> np.ndarray:
        """Read one source, or part of it: float32, shape (samples, channels)."""
        files = self.files(source)
        samples = self.samples - start if samples is None else samples
        out = self.read_file(files[0], start, samples)
        for file in files[1:]:
            out = out + self.read_file(file, start, samples)
        return out

    def read_sources(self, sources: Sequence[str]) -> np.ndarray:
        """Read whole sources: float32, shape (samples, channels, sources)."""
        return np.stack([self.read(source) for source in sources], axis=-1)

    def read_mixture(self) -> np.ndarray:
        """Read the mixture, its file or else the sum of the stems: shape (samples, channels)."""
        if self.mixture is not None:
            return self.read_file(self.mixture, 0, self.samples)
        return np.sum([self.read(name) for name in mixture_parts(self.stems)], axis=0)

    def energies(self, source: str) -> np.ndarray:
        """Mean squares of a source in each second, which prepared tracks know: float64, (seconds,).

        Raises:
            ValueError: If they have not been measured.
        """
        raise ValueError(
            f"track {self.name!r}: levels of {source!r} are wanted, for `sampling`, and are not "
            "measured: prepare the data with `keras-sep prepare`, and give its folder"
        )

    def read_file(self, file: Path, start: int, samples: int) -> np.ndarray:
        """Read part of one of its files: float32, shape (samples, channels)."""
        array = read_resampled(file, self.sample_rate_hz, start, samples)
        return match_channels(array, self.channels)

    def version_of(self, file: Path) -> tuple[int | str, ...]:
        """What changes whenever one of its files does."""
        status = file_and_stem(file)[0].stat()
        return status.st_size, status.st_mtime_ns


def mixture_parts(stems: Iterable[str]) -> list[str]:
    """Names of the stems whose sum is the mixture.

    Example:

    >>> mixture_parts(["accompaniment", "bass", "drums", "vocals"])
    ['bass', 'drums', 'vocals']
    >>> mixture_parts(["accompaniment", "vocals"])
    ['accompaniment', 'vocals']
    """
    names = [*stems]
    parts = [name for name in names if name != ACCOMPANIMENT]
    return names if ACCOMPANIMENT in names and len(parts) < 2 else parts


def source_files(stems: dict[str, Path], source: str) -> tuple[Path, ...]:
    """The files whose sum is a source, if any; see `Track.files`."""
    if source in stems:
        return (stems[source],)
    if source == ACCOMPANIMENT:
        return tuple(path for name, path in stems.items() if name != VOCALS)
    return ()
