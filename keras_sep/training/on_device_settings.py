"""The section of a recipe that says what the model varies itself, on its device."""

from dataclasses import dataclass
from typing import Any

from keras_sep._named.ranges import check_ranges, ranged


@dataclass(frozen=True)
class OnDeviceSettings:
    """How the model varies a training batch on its device; by default not at all.

    Args:
        gain: Lowest and highest factor of each source, drawn uniformly.
        flip_polarity: Probability that a source is multiplied by -1.
        remix: Probability that a batch is remixed: each source is shuffled among its excerpts.
        mixup: Parameter of the beta distribution of the share at which each excerpt is mixed with
            another of the batch, all sources alike; 0 for no mixing.
        time_masks: Number of stretches of time in which the network sees no mixture; for networks
            of spectrograms, as `frequency_masks`.
        time_mask_frames: Largest length of one in frames.
        frequency_masks: Number of bands in which the network sees no mixture.
        frequency_mask_bins: Largest width of one in bins.
    """

    gain: tuple[float, float] = ranged((1.0, 1.0), 0, 1000)
    flip_polarity: float = ranged(0.0, 0, 1)
    remix: float = ranged(0.0, 0, 1)
    mixup: float = ranged(0.0, 0, 100)
    time_masks: int = ranged(0, 0, 64)
    time_mask_frames: int = ranged(20, 1, 2**20)
    frequency_masks: int = ranged(0, 0, 64)
    frequency_mask_bins: int = ranged(100, 1, 2**20)

    def __post_init__(self) -> None:
        check_ranges(self, "data.on_device")


def check_on_device(recipe: Any) -> None:
    """Raise a ValueError unless a recipe's model computes what its `data.on_device` varies."""
    settings = recipe.data.on_device
    if settings is None:
        return
    if recipe.stft is None and (settings.time_masks or settings.frequency_masks):
        raise ValueError(
            "`data.on_device` must have no `time_masks` or `frequency_masks` without an `stft`: "
            f"they are of spectrograms. Received: {settings.time_masks} and "
            f"{settings.frequency_masks}"
        )
    if recipe.stft is not None and recipe.data.spectrograms != "model":
        raise ValueError(
            '`data.spectrograms` must be "model" with `data.on_device`. '
            f"Received: {recipe.data.spectrograms}"
        )
    if recipe.voices is not None and settings.remix:
        raise ValueError(
            "`data.on_device.remix` must be 0 where `voices` are mixed, as a mixture could get one "
            f"voice twice. Received: {settings.remix}"
        )
