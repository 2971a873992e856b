"""Random compression of the dynamics."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from keras_sep._named.ranges import ranged
from keras_sep.data.augmentations._pedalboard import Effect
from keras_sep.data.augmentations.source_augmentation import log_uniform


@dataclass(frozen=True, kw_only=True)
class Compression(Effect):
    """A compressor, whose threshold follows the level of the stem. The level is not made up for.

    Needs the extra `keras_sep[effects]`.

    Args:
        sample_rate_hz: Sample rate in Hz, which a recipe fills in.
        threshold_db: Lowest and highest threshold in decibels relative to the root mean square of
            the excerpt, drawn uniformly. Default (-6, 6).
        ratio: Lowest and highest ratio of decibels above the threshold, before to after, drawn
            log-uniformly. Default (1.5, 6).
        attack_seconds: Lowest and highest attack in seconds, drawn log-uniformly. Default
            (0.001, 0.03).
        release_seconds: Lowest and highest release in seconds, drawn log-uniformly. Default
            (0.03, 0.3).
        **settings: `probability`, `mixture`, `only`, `alike` and `sources` of `SourceAugmentation`.

    Raises:
        ImportError: Without the extra.

    Example:

    >>> vary = keras_sep.data.augmentations.Compression(sample_rate_hz=8000, probability=1.0)
    >>> vary(np.ones((100, 2, 3), "float32"), np.random.default_rng(0)).shape
    (100, 2, 3)
    """

    threshold_db: tuple[float, float] = ranged((-6.0, 6.0), -60, 60)
    ratio: tuple[float, float] = ranged((1.5, 6.0), 1, 1000)
    attack_seconds: tuple[float, float] = ranged((0.001, 0.03), 0.0001, 10)
    release_seconds: tuple[float, float] = ranged((0.03, 0.3), 0.0001, 10)

    def drawn(self, stem: np.ndarray, rng: np.random.Generator) -> Any:
        threshold_db = rng.uniform(*self.threshold_db)
        ratio, attack, release = (
            log_uniform(rng, bounds)
            for bounds in (self.ratio, self.attack_seconds, self.release_seconds)
        )
        level = np.sqrt(np.mean(np.square(stem, dtype=np.float64))) if stem.size else 0.0
        if not level:
            return None
        return self.library().Compressor(
            threshold_db=20 * np.log10(level) + threshold_db,
            ratio=ratio,
            attack_ms=1000 * attack,
            release_ms=1000 * release,
        )
