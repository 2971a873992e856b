"""Augmentations of the user's own: functions from stems to stems."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from keras_sep._brief import one_line

# stems (samples, channels, sources) in float32, and what to draw random numbers from
OwnAugmentation = Callable[[np.ndarray, np.random.Generator], np.ndarray]


class AugmentationError(ValueError):
    """An augmentation of the user's own that fails, or returns no stems."""


def of_mixture(function: Any) -> bool:
    """Whether a function varies the mixture alone, and no stem."""
    return getattr(function, "mixture", False) is True


def stems_after(augment: Sequence[OwnAugmentation], sources: int) -> int:
    """Number of stems of an excerpt that `augmented` returns for so many sources."""
    return sources + any(map(of_mixture, augment))


def augmented(
    stems: np.ndarray, augment: Sequence[OwnAugmentation], seed: int, epoch: int, index: int
) -> np.ndarray:
    """The stems of an excerpt after each of the functions in turn.

    Those that vary the mixture alone come after the others. What they change in it follows the
    stems, as one more, so that the mixture is the sum of all.

    Args:
        stems: A float32 array, shape (samples, channels, sources), which may be changed in place.
        augment: The functions. What one of them draws changes nothing for the others, or for the
            excerpt that it gets.
        seed: Seed of the dataset.
        epoch: Epoch of the excerpt.
        index: Place of the excerpt in its epoch.
    """
    draws = [np.random.default_rng((seed, epoch, index, n + 1)) for n in range(len(augment))]
    for function, rng in zip(augment, draws, strict=True):
        if not of_mixture(function):
            stems = _varied(stems, function, rng)
    if not any(map(of_mixture, augment)):
        return stems
    mixture = np.sum(stems, axis=-1, keepdims=True)
    changed = mixture.copy()
    for function, rng in zip(augment, draws, strict=True):
        if of_mixture(function):
            changed = _varied(changed, function, rng)
    return np.concatenate([stems, changed - mixture], axis=-1)


def _varied(stems: np.ndarray, function: OwnAugmentation, rng: np.random.Generator) -> np.ndarray:
    shape, name = stems.shape, getattr(function, "__name__", type(function).__name__)
    try:
        stems = np.ascontiguousarray(function(stems, rng), np.float32)
    except Exception as error:  # whatever the user's function makes of it
        raise AugmentationError(f"the augmentation {name} fails: {one_line(error)}") from error
    if stems.shape != shape or not np.isfinite(stems).all():
        raise AugmentationError(
            f"the augmentation {name} must return finite samples of shape {shape}. "
            f"Received: {'NaN or infinity' if stems.shape == shape else stems.shape}"
        )
    return stems
