"""Which excerpt comes next: a pure function of seed, epoch and index."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from keras_sep.data.layouts.track import Track
from keras_sep.data.pipelines.augmentation import Augmentation


class SourceDraw(NamedTuple):
    """Where one source of an excerpt comes from, and what is done to it."""

    track: Track
    start: int  # in steps: samples, or frames of a spectrogram
    gain: float
    swap_channels: bool
    tempo: float = 1.0
    pitch_semitones: float = 0.0


def vary(drawn: Sequence[SourceDraw], stems: Iterable[np.ndarray], out: np.ndarray) -> np.ndarray:
    """Fill `out` (samples, channels, sources) with the stems (samples, channels), varied."""
    channels = out.shape[1]
    for place, (draw, stem) in enumerate(zip(drawn, stems, strict=True)):
        for channel in range(channels):
            origin = channels - 1 - channel if draw.swap_channels else channel
            np.multiply(stem[:, origin], np.float32(draw.gain), out=out[:, channel, place])
    return out


class Draws(Protocol):
    """Protocol of a sequence of excerpts, random or fixed."""

    count: int | None  # excerpts in an epoch, None for no end

    def draw(self, epoch: int, index: int, sources: int) -> list[SourceDraw]:
        """The sources of one excerpt."""


class RandomDraws:
    """Random excerpts, from each track equally often in an epoch.

    Args:
        tracks: Tracks to draw from.
        places: Number of possible starts of an excerpt in each track.
        excerpts_per_track: Number of excerpts per track and epoch; None for no end.
        augmentation: Settings of mixing and variation.
        seed: Seed of the draws.
    """

    def __init__(
        self,
        tracks: Sequence[Track],
        places: Sequence[int],
        excerpts_per_track: int | None,
        augmentation: Augmentation,
        seed: int,
    ):
        self.tracks = tracks
        self.places = places
        self.augmentation = augmentation
        self.seed = seed
        self.count = None if excerpts_per_track is None else excerpts_per_track * len(tracks)

    def draw(self, epoch: int, index: int, sources: int) -> list[SourceDraw]:
        rng = np.random.default_rng((self.seed, epoch, index))
        augmentation = self.augmentation
        track_of, start_of, free = self.choose(rng, index, sources)
        gains = rng.uniform(*augmentation.gain, size=sources)
        gains[rng.random(sources) < augmentation.flip_polarity] *= -1.0
        swaps = rng.random(sources) < augmentation.swap_channels
        tempos, semitones = self._pitches(rng, free)
        columns = (track_of, start_of, gains, swaps, tempos, semitones)
        return [
            SourceDraw(self.tracks[t], int(start), float(gain), bool(swap), *map(float, pitch))
            for t, start, gain, swap, *pitch in zip(*columns, strict=True)
        ]

    def choose(
        self, rng: np.random.Generator, index: int, sources: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Track and start of each source, and whether it is free of the excerpt's own track."""
        # in turns, so that a batch holds different tracks
        track = index % len(self.tracks)
        track_of = np.full(sources, track)
        start_of = np.full(sources, rng.integers(self.places[track]))
        free = np.zeros(sources, bool)
        if rng.random() < self.augmentation.incoherent:
            # one source, and not always the same, stays with the track whose turn it is
            free = np.arange(sources) != rng.integers(sources)
            track_of[free] = rng.integers(len(self.tracks), size=free.sum())
            start_of[free] = rng.integers(np.take(self.places, track_of[free]))
        return track_of, start_of, free

    def _pitches(self, rng: np.random.Generator, free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Tempo and semitones of each source: one draw for those that were played together."""
        augmentation = self.augmentation
        own = np.where(free, np.arange(len(free)), np.argmin(free))
        drawn = rng.random(len(free)) < augmentation.repitch
        slowest, fastest = np.log(augmentation.tempo)
        tempos = np.exp(rng.uniform(slowest, fastest, size=len(free)))
        semitones = rng.uniform(*augmentation.pitch_semitones, size=len(free))
        return np.where(drawn, tempos, 1.0)[own], np.where(drawn, semitones, 0.0)[own]


class ConsecutiveDraws:
    """Consecutive, unvaried excerpts of every track from start to end: for validation.

    The last excerpt of a track ends where the track ends and may overlap the one before.

    Args:
        tracks: The tracks.
        places: For each track, the number of places at which an excerpt can start.
        length: Length of an excerpt, in the same steps.
    """

    def __init__(self, tracks: Sequence[Track], places: Sequence[int], length: int):
        self._all = [
            SourceDraw(track, start, 1.0, False)
            for track, last in zip(tracks, places, strict=True)
            for start in sorted({*range(0, last, length), last - 1})
        ]
        self.count: int | None = len(self._all)

    def draw(self, epoch: int, index: int, sources: int) -> list[SourceDraw]:
        del epoch
        return [self._all[index]] * sources
