"""The section of a recipe that says which weights a training starts from, and what it changes."""

from dataclasses import dataclass
from typing import Any

from keras_sep._brief import brief
from keras_sep._named.ranges import check_ranges, ranged

ALL = "all"
MOST_RANK = 4096


@dataclass(frozen=True)
class LoRASettings:
    """Low-rank adapters, as for `keras_sep.training.enable_lora`.

    Args:
        rank: Rank of the change of each kernel.
        alpha: Scale of the change, which is multiplied by `alpha / rank`; None for `rank`.
        layers: Patterns of the layers or weights that get adapters, such as "decoder*". By default
            all.
    """

    rank: int = ranged(8, 1, MOST_RANK)
    alpha: float | None = ranged(None, 0, 1_000_000, above=True)
    layers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_ranges(self, "start_from.lora")


@dataclass(frozen=True)
class StartFrom:
    """Separator that a training starts from, in place of new weights.

    In YAML also the name of the weights alone.

    Args:
        weights: What `keras-sep separate --model` takes: the name of a preset, a `.keras` file, a
            folder that `save_to_preset` wrote, or `hf://user/repository`.
        train: Weights that are trained: "all", or patterns of names of layers or weights, such as
            "decoder*" or "*_mask"; the rest is frozen. None for all or, with `lora`, for the
            adapters alone.
        lora: Low-rank adapters of the kernels that are frozen; None for none.
        keep_statistics: Whether batch normalisation stays as it is, with the statistics of all that
            the weights were trained on; false to train it, and to learn new statistics.

    Example:

    >>> from keras_sep.training import StartFrom
    >>> StartFrom("umxhq", train=("*_3", "*_output"))
    StartFrom(weights='umxhq', train=('*_3', '*_output'), lora=None, keep_statistics=True)
    """

    weights: str
    train: Any = None
    lora: LoRASettings | None = None
    keep_statistics: bool = True

    def __post_init__(self) -> None:
        if not self.weights:
            raise ValueError("`start_from.weights` must name a separator. Received: an empty text")
        train = self.train
        if isinstance(train, list):
            train = tuple(train)
            object.__setattr__(self, "train", train)
        patterns = isinstance(train, tuple) and all(isinstance(x, str) and x for x in train)
        if train not in (None, ALL) and not patterns:
            raise ValueError(
                f'`start_from.train` must be "{ALL}" or a list of patterns of names. '
                f"Received: {brief(train)}"
            )
        if self.lora is not None and train == ALL:
            raise ValueError(
                "`start_from.train` must be patterns, or be left out, with `start_from.lora`: "
                f'adapters are for weights that are frozen. Received: "{ALL}"'
            )
        if train == ():
            raise ValueError(
                f'`start_from.train` must be "{ALL}" or name some weights. Received: []'
            )

    @property
    def patterns(self) -> tuple[str, ...] | None:
        """Patterns of the weights that are trained as they are; None for all."""
        if self.train == ALL or (self.train is None and self.lora is None):
            return None
        return self.train or ()
