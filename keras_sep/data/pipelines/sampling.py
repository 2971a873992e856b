"""Which excerpts of prepared tracks are drawn."""

import math
from dataclasses import dataclass

_SOUNDING = ("all", "turns", "any")
_TRACKS = ("equal", "length")


@dataclass(frozen=True)
class Sampling:
    """Settings for drawing excerpts by the levels in the index of prepared data.

    A level is the root mean square of a source over an excerpt, all channels together, in decibels
    relative to full scale and before any gain. It is computed from the levels of whole seconds.
    The level of a source that is a sum of stems is that of stems without correlation.

    Args:
        sounding: Which sources of an excerpt must sound. "all": each of them, in excerpts of one
            track at once. "turns": one of them, each equally often, while the others are as they
            come: this balances sources that are rare. "any": none. Default "all".
        silence_db: Level below which a source is silent, in decibels. Default -60.
        level_db: Lowest and highest level of a source that must sound, in decibels; None for any
            above `silence_db`. Default None.
        tracks: How often a track is drawn from: "equal" for each equally often, "length" as often
            as it has places to draw from. Default "equal".
        silent: Probability that an excerpt is drawn from anywhere, silent or not. Default 0.

    Example:

    >>> Sampling(sounding="turns", level_db=(-40, -10)).silence_db
    -60.0
    """

    sounding: str = "all"
    silence_db: float = -60.0
    level_db: tuple[float, float] | None = None
    tracks: str = "equal"
    silent: float = 0.0

    def __post_init__(self) -> None:
        for name, choices in (("sounding", _SOUNDING), ("tracks", _TRACKS)):
            if getattr(self, name) not in choices:
                raise ValueError(
                    f"`{name}` must be one of {', '.join(choices)}. "
                    f"Received: {getattr(self, name)!r}"
                )
        if not 0.0 <= self.silent <= 1.0:
            raise ValueError(f"`silent` must lie between 0 and 1. Received: {self.silent}")
        if not -200.0 <= self.silence_db <= 0.0:
            raise ValueError(
                f"`silence_db` must lie between -200 and 0. Received: {self.silence_db}"
            )
        low, high = self.level_db or (-200.0, 20.0)
        if not -200.0 <= low <= high <= 20.0:
            raise ValueError(
                "`level_db` must be [low, high], from -200 to 20. "
                f"Received: {list(self.level_db or ())}"
            )

    @property
    def mean_squares(self) -> tuple[float, float]:
        """The lowest and the highest mean square of a source that must sound."""
        low, high = self.level_db or (self.silence_db, math.inf)
        return 10 ** (max(low, self.silence_db) / 10), 10 ** (high / 10)
