"""Augmentations of the user's own: functions from stems to stems."""

from collections.abc import Callable, Sequence

import numpy as np

from keras_sep._brief import one_line

# stems (samples, channels, sources) in float32, and what to draw random numbers from
OwnAugmentation = Callable[[np.ndarray, np.random.Generator], np.ndarray]


class AugmentationError(ValueError):
    """An augmentation of the user's own that fails, or returns no stems."""


def augmented(
    stems: np.ndarray, augment: Sequence[OwnAugmentation], seed: int, epoch: int, index: int
) -> np.ndarray:
    """The stems of an excerpt after each of the functions in turn.

    Args:
        stems: A float32 array, shape (samples, channels, sources), which may be changed in place.
        augment: The functions. What one of them draws changes nothing for the others, or for the
            excerpt that it gets.
        seed: Seed of the dataset.
        epoch: Epoch of the excerpt.
        index: Place of the excerpt in its epoch.
    """
    for place, function in enumerate(augment, start=1):
        shape, rng = stems.shape, np.random.default_rng((seed, epoch, index, place))
        name = getattr(function, "__name__", type(function).__name__)
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
