"""Random lossy coding."""

from dataclasses import dataclass

import numpy as np

from keras_sep._brief import brief
from keras_sep._named.ranges import ranged
from keras_sep.data.augmentations._coded import CODECS, coded
from keras_sep.data.augmentations.source_augmentation import (
    SourceAugmentation,
    log_uniform,
)


@dataclass(frozen=True, kw_only=True)
class Codec(SourceAugmentation):
    """A stem encoded and decoded by a lossy codec, in place to the sample.

    The mixture is the sum of such stems. With `mixture` it is encoded itself, as songs are, and
    the stems stay as they are.

    Args:
        sample_rate_hz: Sample rate in Hz, which a recipe fills in.
        codecs: Codecs to choose from: "mp3", "aac" and "opus". Default all three.
        bit_rate_kbps: Lowest and highest bit rate of two channels in kbit/s, drawn log-uniformly;
            one channel has half of it. The encoder takes the nearest that it has. Default
            (48, 192).
        **settings: `probability`, `mixture`, `only`, `alike` and `sources` of `SourceAugmentation`.

    Example:

    >>> vary = keras_sep.data.augmentations.Codec(sample_rate_hz=8000, probability=1.0)
    >>> vary(np.zeros((1000, 2, 3), "float32"), np.random.default_rng(0)).shape
    (1000, 2, 3)
    """

    sample_rate_hz: int = ranged(44100, 1, 1_000_000)
    codecs: tuple[str, ...] = CODECS
    bit_rate_kbps: tuple[float, float] = ranged((48.0, 192.0), 8, 320)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.codecs or set(self.codecs) - set(CODECS):
            raise ValueError(
                f"`codecs` must be some of {', '.join(CODECS)}. Received: {brief([*self.codecs])}"
            )

    def vary(self, stem: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        codec = self.codecs[rng.integers(len(self.codecs))]
        return coded(stem, self.sample_rate_hz, codec, round(log_uniform(rng, self.bit_rate_kbps)))
