"""Random peak limiting."""

from dataclasses import dataclass

import numpy as np

from keras_sep._named.ranges import ranged
from keras_sep.data.augmentations.source_augmentation import SourceAugmentation


@dataclass(frozen=True, kw_only=True)
class Limiter(SourceAugmentation):
    """A limiter that looks ahead, below the peak of the excerpt, without delay or clipping.

    The gain that keeps each sample below the ceiling is held for the look-ahead on either side, and
    averaged over as long, so that it changes slowly and no sample exceeds the ceiling. All channels
    have the same gain, and the level is not made up for.

    Args:
        sample_rate_hz: Sample rate in Hz, which a recipe fills in.
        reduction_db: Lowest and highest distance of the ceiling below the peak in decibels, drawn
            uniformly. Default (1, 9).
        lookahead_seconds: Lowest and highest look-ahead in seconds, drawn uniformly. Default
            (0.002, 0.02).
        **settings: `probability`, `mixture`, `only`, `alike` and `sources` of `SourceAugmentation`.

    Example:

    >>> vary = keras_sep.data.augmentations.Limiter(
    ...     sample_rate_hz=8000, reduction_db=(6.0, 6.0), probability=1.0)
    >>> stems = np.random.default_rng(0).normal(size=(800, 2, 1)).astype("float32")
    >>> stems /= abs(stems).max()
    >>> f"{abs(vary(stems, np.random.default_rng(0))).max():.2f}"
    '0.50'
    """

    sample_rate_hz: int = ranged(44100, 1, 1_000_000)
    reduction_db: tuple[float, float] = ranged((1.0, 9.0), 0, 60)
    lookahead_seconds: tuple[float, float] = ranged((0.002, 0.02), 0, 1)

    def vary(self, stem: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        from scipy.ndimage import minimum_filter1d, uniform_filter1d  # takes long to import

        reduction = np.float32(10 ** (-rng.uniform(*self.reduction_db) / 20))
        width = 1 + 2 * round(rng.uniform(*self.lookahead_seconds) * self.sample_rate_hz / 2)
        level = np.max(np.abs(stem), axis=1, initial=0.0)
        peak = np.max(level, initial=0.0)
        if not peak:
            return stem
        gain = peak * reduction / np.maximum(level, peak * reduction)
        held = minimum_filter1d(gain, width, mode="nearest")
        # in float64: the mean of a moving sum keeps its rounding errors
        return stem * uniform_filter1d(held, width, output=np.float64, mode="nearest")[:, None]
