"""Random noise."""

from dataclasses import dataclass

import numpy as np
import scipy.fft

from keras_sep._brief import brief
from keras_sep._named.ranges import ranged
from keras_sep.data.augmentations.source_augmentation import SourceAugmentation

COLORS = ("white", "pink")


@dataclass(frozen=True, kw_only=True)
class Noise(SourceAugmentation):
    """Noise at a random signal-to-noise ratio, which becomes part of the stem.

    To learn to remove noise, make it a separate source instead. A silent stem stays silent.

    Args:
        snr_db: Lowest and highest ratio of the stem's energy to the noise's in decibels, drawn
            uniformly. Default (20, 50).
        colors: Kinds of noise to choose from: "white", and "pink", whose power falls with the
            frequency. Default both.
        **settings: `probability`, `mixture`, `only`, `alike` and `sources` of `SourceAugmentation`.

    Example:

    >>> vary = keras_sep.data.augmentations.Noise(probability=1.0)
    >>> vary(np.ones((100, 2, 3), "float32"), np.random.default_rng(0)).shape
    (100, 2, 3)
    """

    snr_db: tuple[float, float] = ranged((20.0, 50.0), -60, 120)
    colors: tuple[str, ...] = COLORS

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.colors or set(self.colors) - set(COLORS):
            raise ValueError(
                f"`colors` must be some of {', '.join(COLORS)}. Received: {brief([*self.colors])}"
            )

    def vary(self, stem: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        snr_db = rng.uniform(*self.snr_db)
        pink = self.colors[rng.integers(len(self.colors))] == "pink"
        noise = rng.standard_normal(stem.shape, np.float32)
        if pink:
            noise = _pink(noise)
        energies = [np.sum(np.square(one, dtype=np.float64)) for one in (stem, noise)]
        if not min(energies):
            return stem
        noise *= np.float32(np.sqrt(energies[0] / energies[1]) * 10 ** (-snr_db / 20))
        return stem + noise


def _pink(white: np.ndarray) -> np.ndarray:
    """White noise with its power divided by the frequency, and no mean."""
    length = scipy.fft.next_fast_len(len(white), real=True)
    spectrum = scipy.fft.rfft(white, length, axis=0)
    spectrum[0] = 0
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum), dtype=np.float32))[:, None]
    return scipy.fft.irfft(spectrum, length, axis=0)[: len(white)]
