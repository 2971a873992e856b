"""Random equalisation."""

from dataclasses import dataclass

import numpy as np

from keras_sep._named.ranges import ranged
from keras_sep.data.augmentations.source_augmentation import (
    SourceAugmentation,
    log_uniform,
)

_HIGHEST = 0.45  # of the sample rate: the bell of a filter needs room below a half


@dataclass(frozen=True, kw_only=True)
class Equalizer(SourceAugmentation):
    """A parametric equaliser whose bands are drawn at random.

    Args:
        sample_rate_hz: Sample rate in Hz, which a recipe fills in.
        bands: Number of bands, each a peaking filter. Default 3.
        frequency_hz: Lowest and highest centre of a band in Hz, drawn log-uniformly; at most 0.45
            of the sample rate. Default (60, 12000).
        gain_db: Lowest and highest gain at the centre in decibels, drawn uniformly. Default
            (-6, 6).
        q: Lowest and highest quality factor, drawn log-uniformly: the centre over the width.
            Default (0.5, 2).
        **settings: `probability`, `mixture`, `only`, `alike` and `sources` of `SourceAugmentation`.

    Example:

    >>> vary = keras_sep.data.augmentations.Equalizer(sample_rate_hz=8000, probability=1.0)
    >>> vary(np.ones((100, 2, 3), "float32"), np.random.default_rng(0)).shape
    (100, 2, 3)

    Reference: the peaking filter of Bristow-Johnson, "Audio EQ cookbook" (W3C, 2021).
    """

    sample_rate_hz: int = ranged(44100, 1, 1_000_000)
    bands: int = ranged(3, 1, 32)
    frequency_hz: tuple[float, float] = ranged((60.0, 12000.0), 1, 500_000)
    gain_db: tuple[float, float] = ranged((-6.0, 6.0), -40, 40)
    q: tuple[float, float] = ranged((0.5, 2.0), 0.05, 50)

    def vary(self, stem: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        from scipy.signal import sosfilt  # takes long to import

        highest = _HIGHEST * self.sample_rate_hz
        sections = [
            peaking_filter(
                min(log_uniform(rng, self.frequency_hz), highest) / self.sample_rate_hz,
                rng.uniform(*self.gain_db),
                log_uniform(rng, self.q),
            )
            for _ in range(self.bands)
        ]
        return sosfilt(np.stack(sections), stem, axis=0)


def peaking_filter(frequency: float, gain_db: float, q: float) -> np.ndarray:
    """A filter that raises or lowers a band, as a second-order section of `scipy.signal`.

    Args:
        frequency: Centre of the band over the sample rate.
        gain_db: Gain at the centre in decibels.
        q: Quality factor: the centre over the width.

    Returns:
        A float64 array of six numbers: the numerator's and the denominator's.
    """
    root, angle = 10 ** (gain_db / 40), 2 * np.pi * frequency
    alpha = np.sin(angle) / (2 * q)
    up, down, middle = alpha * root, alpha / root, -2 * np.cos(angle)
    return np.array([1 + up, middle, 1 - up, 1 + down, middle, 1 - down]) / (1 + down)
