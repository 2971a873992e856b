"""The library of effects, which is an extra, and the base class of what is made with it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from keras_sep._extras import require_extra
from keras_sep._named.ranges import ranged
from keras_sep.data.augmentations.source_augmentation import SourceAugmentation


@dataclass(frozen=True, kw_only=True)
class Effect(SourceAugmentation):
    """Base class of an effect of the library, drawn by `drawn`; needs `keras_sep[effects]`."""

    sample_rate_hz: int = ranged(44100, 1, 1_000_000)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.library()  # raises now, not in the middle of an epoch

    def library(self) -> Any:
        """The library, or an `ImportError` that says how to install it."""
        return require_extra(f"the augmentation {type(self).__name__}", "pedalboard", "effects")

    def drawn(self, stem: np.ndarray, rng: np.random.Generator) -> Any:
        """The effect for a stem, (samples, channels); None to leave it as it is."""
        raise NotImplementedError

    def vary(self, stem: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        effect = self.drawn(stem, rng)
        if effect is None:
            return stem
        channels = np.ascontiguousarray(stem.T)
        # it takes a pair of channels, or each alone
        parts = [channels] if len(channels) <= 2 else [one[None] for one in channels]
        done = [effect.process(part, self.sample_rate_hz, reset=True) for part in parts]
        return np.concatenate(done).T
