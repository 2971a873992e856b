"""Random excerpts in which sources sound, by the index of prepared data."""

from collections.abc import Sequence

import numpy as np

from keras_sep.data.layouts.track import Track
from keras_sep.data.pipelines._draws import RandomDraws
from keras_sep.data.pipelines.augmentation import Augmentation
from keras_sep.data.pipelines.sampling import Sampling

_CELLS_PER_SECOND = 10


class Levels:
    """Mean squares of excerpts of one source of one track, from those of its seconds.

    Args:
        track: The track.
        source: Name of the source.
    """

    def __init__(self, track: Track, source: str):
        means = track.energies(source)
        rate = track.sample_rate_hz
        self._bounds = np.minimum(np.arange(len(means) + 1) * rate, track.samples).astype(float)
        self._sums = np.concatenate([[0.0], np.cumsum(means * np.diff(self._bounds))])

    def mean_squares(self, starts: np.ndarray, samples: int) -> np.ndarray:
        """Of the excerpts of so many samples from each start, in samples."""
        before, after = (
            np.interp(place, self._bounds, self._sums) for place in (starts, starts + samples)
        )
        return (after - before) / samples


class Places:
    """The places of several tracks where an excerpt may start, in cells of a tenth of a second.

    Args:
        cells: For each track, the numbers of the cells at whose first step one may.
        equally: Whether each track with such cells is drawn equally often, or by their number.
    """

    def __init__(self, cells: Sequence[np.ndarray], equally: bool):
        self.cells = cells
        counts = np.array([len(each) for each in cells], float)
        weights = np.minimum(counts, 1.0) if equally else counts
        self.any = bool(weights.any())
        edges = np.cumsum(weights)
        self.edges = edges / edges[-1] if self.any else edges  # the last is exactly 1

    def draw(self, rng: np.random.Generator) -> tuple[int, int]:
        """A track and one of its cells."""
        track = int(np.searchsorted(self.edges, rng.random(), side="right"))
        return track, int(rng.choice(self.cells[track]))


class SampledDraws(RandomDraws):
    """Random excerpts, those with silent sources left out; a pure function like `RandomDraws`.

    Args:
        tracks: Tracks to draw from, which know their levels.
        places: Number of possible starts of an excerpt in each track.
        excerpts_per_track: Number of excerpts per track and epoch; None for no end.
        augmentation: Settings of mixing and variation.
        seed: Seed of the draws.
        sampling: Which excerpts are drawn.
        sources: Names of the sources.
        step: Number of samples from one start to the next.
        samples: Number of samples of an excerpt.

    Raises:
        ValueError: If there is no excerpt as wanted, or the levels are not known.
    """

    def __init__(
        self,
        tracks: Sequence[Track],
        places: Sequence[int],
        excerpts_per_track: int | None,
        augmentation: Augmentation,
        seed: int,
        sampling: Sampling,
        sources: Sequence[str],
        step: int,
        samples: int,
    ):
        super().__init__(tracks, places, excerpts_per_track, augmentation, seed)
        self.sampling = sampling
        self.step, self.samples = step, samples
        self.cell = max(1, tracks[0].sample_rate_hz // (_CELLS_PER_SECOND * step))
        equally = sampling.tracks == "equal"
        firsts = [np.arange(0, count, self.cell) for count in places]
        self.anywhere = Places([np.arange(len(each)) for each in firsts], equally)
        self.levels = [[Levels(track, source) for source in sources] for track in tracks]
        sounds = [
            np.array([self._sounds(levels, first) for levels in of_track])
            for of_track, first in zip(self.levels, firsts, strict=True)
        ]
        self.together = Places([np.flatnonzero(each.all(axis=0)) for each in sounds], equally)
        self.of_source = [
            Places([np.flatnonzero(each[place]) for each in sounds], equally)
            for place in range(len(sources))
        ]
        self._require_places(sources)

    def _require_places(self, sources: Sequence[str]) -> None:
        low, high = (10 * np.log10(bound) for bound in self.sampling.mean_squares)
        wanted = f"from {low:.1f} to {high:.1f} dB" if np.isfinite(high) else f"{low:.1f} dB"
        if self.sampling.sounding == "any":
            return
        for source, places in zip(sources, self.of_source, strict=True):
            if not places.any:
                raise ValueError(
                    f"`sampling` must leave excerpts of every source: none of {source!r} has "
                    f"a level of {wanted}"
                )
        coherent = self.sampling.sounding == "all" and self.augmentation.incoherent < 1
        if coherent and not self.together.any:
            raise ValueError(
                "`sampling` must leave excerpts in which all sources sound together, at "
                f"{wanted}: there is none. Set `sounding` to 'turns', or `incoherent` to 1"
            )

    def _sounds(self, levels: Levels, starts: np.ndarray) -> np.ndarray:
        low, high = self.sampling.mean_squares
        found = levels.mean_squares(starts * self.step, self.samples)
        return (low <= found) & (found <= high)

    def choose(
        self, rng: np.random.Generator, index: int, sources: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Track and start of each source, and whether it is free of the others' track."""
        sounding = np.full(sources, self.sampling.sounding == "all")
        if self.sampling.sounding == "turns":
            sounding[index % sources] = True
        if rng.random() < self.sampling.silent:
            sounding[:] = False
        free = np.full(sources, rng.random() < self.augmentation.incoherent)
        if free[0]:
            drawn = [
                self._place(rng, self.of_source[place] if must else self.anywhere, [place], must)
                for place, must in enumerate(sounding)
            ]
        else:
            which = np.flatnonzero(sounding).tolist()
            some = self.together if len(which) > 1 else self.anywhere
            some = self.of_source[which[0]] if len(which) == 1 else some
            drawn = [self._place(rng, some, which, bool(which))] * sources
        track_of, start_of = (np.array(column) for column in zip(*drawn, strict=True))
        return track_of, start_of, free

    def _place(
        self, rng: np.random.Generator, places: Places, sources: Sequence[int], must: bool
    ) -> tuple[int, int]:
        """A track and a start in it, at which these sources sound if they must."""
        track, cell = places.draw(rng)
        first = cell * self.cell
        start = first + int(rng.integers(min(self.cell, self.places[track] - first)))
        if must and not all(
            self._sounds(self.levels[track][source], np.array([start]))[0] for source in sources
        ):
            start = first
        return track, start
