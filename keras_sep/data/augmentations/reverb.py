"""Random reverberation."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from keras_sep._named.ranges import ranged
from keras_sep.data.augmentations._pedalboard import Effect

_DRY = 0.5  # the level at which the effect passes the stem on as it is


@dataclass(frozen=True, kw_only=True)
class Reverb(Effect):
    """Reverberation added to a stem, which itself stays as it is.

    An excerpt begins without the reverberation of what was before it. Needs the extra
    `keras_sep[effects]`.

    Args:
        sample_rate_hz: Sample rate in Hz, which a recipe fills in.
        room_size: Smallest and largest room, from 0 to 1, drawn uniformly. Default (0.1, 0.8).
        damping: Lowest and highest absorption of high frequencies, from 0 to 1, drawn uniformly.
            Default (0.2, 0.9).
        wet: Lowest and highest level of the reverberation, from 0 to 1, drawn uniformly. Default
            (0.02, 0.2).
        **settings: `probability`, `mixture`, `only`, `alike` and `sources` of `SourceAugmentation`.

    Raises:
        ImportError: Without the extra.

    Example:

    >>> vary = keras_sep.data.augmentations.Reverb(sample_rate_hz=8000, probability=1.0)
    >>> vary(np.ones((100, 2, 3), "float32"), np.random.default_rng(0)).shape
    (100, 2, 3)
    """

    room_size: tuple[float, float] = ranged((0.1, 0.8), 0, 1)
    damping: tuple[float, float] = ranged((0.2, 0.9), 0, 1)
    wet: tuple[float, float] = ranged((0.02, 0.2), 0, 1)

    def drawn(self, stem: np.ndarray, rng: np.random.Generator) -> Any:
        room_size, damping, wet = (
            rng.uniform(*bounds) for bounds in (self.room_size, self.damping, self.wet)
        )
        return self.library().Reverb(
            room_size=room_size, damping=damping, wet_level=wet, dry_level=_DRY
        )
