"""Random saturation."""

from dataclasses import dataclass

import numpy as np

from keras_sep._named.ranges import ranged
from keras_sep.data.augmentations.source_augmentation import (
    SourceAugmentation,
    log_uniform,
)


@dataclass(frozen=True, kw_only=True)
class Distortion(SourceAugmentation):
    """Saturation by a hyperbolic tangent, which keeps the peak of the excerpt.

    Args:
        drive: Lowest and highest factor of the peak inside the tangent, drawn log-uniformly: at 1
            the loudest samples are bent a little, at 10 most of them are clipped. Default (0.5, 5).
        **settings: `probability`, `mixture`, `only`, `alike` and `sources` of `SourceAugmentation`.

    Example:

    >>> vary = keras_sep.data.augmentations.Distortion(probability=1.0, drive=(3.0, 3.0))
    >>> stems = np.array([0.1, -0.4], "float32").reshape(2, 1, 1)
    >>> print(vary(stems, np.random.default_rng(0)).ravel())
    [ 0.255... -0.4...]
    """

    drive: tuple[float, float] = ranged((0.5, 5.0), 0.01, 1000)

    def vary(self, stem: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        drive = np.float32(log_uniform(rng, self.drive))
        peak = np.max(np.abs(stem), initial=0.0)
        if not peak:
            return stem
        return np.tanh(stem / peak * drive) * (peak / np.tanh(drive))
