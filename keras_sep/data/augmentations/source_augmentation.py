"""The base class of augmentations that vary one source at a time, or the mixture."""

from dataclasses import dataclass

import numpy as np

from keras_sep._brief import brief
from keras_sep._named.ranges import check_ranges, ranged


@dataclass(frozen=True, kw_only=True)
class SourceAugmentation:
    """Base class of augmentations that vary the sources of an excerpt one by one, or their mixture.

    What it makes is called with the stems of an excerpt and a random generator, as
    `keras_sep.data.excerpts(augment=)` does. A subclass defines `vary`, and draws all that is
    random from the generator that it is given, so that an excerpt can be drawn again.

    Args:
        probability: Probability that a source, or the mixture, is varied. Default 0.5.
        mixture: Whether the mixture alone is varied, after all that varies sources: the network
            hears it, and learns the sources as they are. Default False, so that the mixture is the
            sum of varied sources.
        only: Names of the sources that may be varied. Default: all.
        alike: Whether all sources of an excerpt are varied alike, by the same draw, or each by its
            own. A linear change made alike is one of the mixture. Default False.
        sources: Names of all sources, which a recipe fills in; needed with `only`.

    Raises:
        ValueError: If an argument is out of range, or `only` names no source, or `only` or `alike`
            is given with `mixture`.

    Example:

    >>> class Reversed(keras_sep.data.augmentations.SourceAugmentation):
    ...     def vary(self, stem, rng):
    ...         return stem[::-1]
    >>> stems = np.arange(6, dtype="float32").reshape(3, 1, 2)
    >>> Reversed(probability=1.0, only=("bass",), sources=("drums", "bass"))(
    ...     stems, np.random.default_rng(0))[:, 0].tolist()
    [[0.0, 5.0], [2.0, 3.0], [4.0, 1.0]]
    """

    probability: float = ranged(0.5, 0, 1)
    mixture: bool = False
    only: tuple[str, ...] = ()
    alike: bool = False
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_ranges(self)
        if self.mixture and (self.only or self.alike):
            raise ValueError(
                "`only` and `alike` are of sources: leave them out where `mixture` is true. "
                f"Received: only={brief([*self.only])}, alike={self.alike}"
            )
        unknown = [name for name in self.only if name not in self.sources]
        if unknown:
            raise ValueError(
                f"`only` must name some of `sources`, {', '.join(self.sources) or 'none'}. "
                f"Received: {', '.join(unknown)}"
            )

    def __call__(self, stems: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Vary the stems of an excerpt in place.

        Args:
            stems: A float32 array, shape (samples, channels, sources); the mixture as the only
                source with `mixture`.
            rng: Generator that all is drawn from.

        Returns:
            The same array.
        """
        count = stems.shape[-1]
        if not self.mixture and self.sources and len(self.sources) != count:
            raise ValueError(
                f"stems of {len(self.sources)} `sources` were wanted. Received: {count}"
            )
        seeds = rng.integers(2**63, size=(count,))  # what one source draws moves no other's draws
        for place in range(count):
            own = np.random.default_rng(seeds[0 if self.alike else place])
            varies = own.random() < self.probability
            if varies and (not self.only or self.sources[place] in self.only):
                stems[..., place] = self.vary(np.ascontiguousarray(stems[..., place]), own)
        return stems

    def vary(self, stem: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """A varied stem of the same shape.

        Args:
            stem: A float32 array, shape (samples, channels), which may be changed in place.
            rng: Generator that all is drawn from.
        """
        raise NotImplementedError


def log_uniform(rng: np.random.Generator, bounds: tuple[float, float]) -> float:
    """A number drawn so that every octave between the bounds is equally likely."""
    return float(np.exp(rng.uniform(*np.log(bounds))))
