"""Random limits of the bandwidth."""

from dataclasses import dataclass

import numpy as np

from keras_sep._named.ranges import ranged
from keras_sep.data.audio import resample
from keras_sep.data.augmentations.source_augmentation import (
    SourceAugmentation,
    log_uniform,
)

_STEP_HZ = 100


@dataclass(frozen=True, kw_only=True)
class LowPass(SourceAugmentation):
    """A steep low-pass without delay, as of audio that once had a lower sample rate.

    A stem is resampled to twice the cutoff and back. A cutoff of at least half the sample rate
    changes nothing.

    Args:
        sample_rate_hz: Sample rate in Hz, which a recipe fills in.
        cutoff_hz: Lowest and highest cutoff in Hz, drawn log-uniformly. Default (4000, 16000).
        **settings: `probability`, `mixture`, `only`, `alike` and `sources` of `SourceAugmentation`.

    Example:

    >>> vary = keras_sep.data.augmentations.LowPass(
    ...     sample_rate_hz=8000, cutoff_hz=(1000, 3000), probability=1.0)
    >>> vary(np.ones((100, 2, 3), "float32"), np.random.default_rng(0)).shape
    (100, 2, 3)
    """

    sample_rate_hz: int = ranged(44100, 1, 1_000_000)
    cutoff_hz: tuple[float, float] = ranged((4000.0, 16000.0), 100, 500_000)

    def vary(self, stem: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        # whole steps, as odd ratios of two rates take longer
        rate_hz = _STEP_HZ * round(2 * log_uniform(rng, self.cutoff_hz) / _STEP_HZ)
        if rate_hz >= self.sample_rate_hz:
            return stem
        low = resample(stem, self.sample_rate_hz, rate_hz)
        out = resample(low, rate_hz, self.sample_rate_hz)[: len(stem)]
        return np.pad(out, ((0, len(stem) - len(out)), (0, 0)))
