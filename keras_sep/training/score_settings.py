"""The section `fit.score` of a recipe."""

from dataclasses import dataclass
from typing import Any

from keras_sep._brief import brief
from keras_sep._named.ranges import check_ranges, one_of, ranged

METRICS = ("si_sdr", "sdr")
ALL = "all"


@dataclass(frozen=True)
class ScoreSettings:
    """Validation by separating whole songs and scoring the stems, which then decides the best.

    Args:
        metric: Score of a stem over a whole song, "si_sdr" or "sdr", as in `keras_sep.metrics`.
        every: Number of epochs from one scored epoch to the next. The first is always scored.
        songs: Number of validation songs, the first ones by name, or "all". Of `voices`, the number
            of mixtures.
    """

    metric: str = "si_sdr"
    every: int = ranged(1, 1, 1_000_000)
    songs: Any = ALL

    def __post_init__(self) -> None:
        check_ranges(self, "fit.score")
        one_of("fit.score.metric", self.metric, METRICS)
        whole = isinstance(self.songs, int) and not isinstance(self.songs, bool)
        if self.songs != ALL and not (whole and 1 <= self.songs <= 1_000_000):
            raise ValueError(
                "`fit.score.songs` must be all, or a whole number from 1 to 1000000. "
                f"Received: {brief(self.songs)}"
            )

    @property
    def monitor(self) -> str:
        """Name of the logged score, which should rise."""
        return f"val_{self.metric}"
