"""A state dict that is read strictly: every tensor once, in the shape that is expected."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from keras_sep._brief import brief, cut
from keras_sep._building_limit import building_at_most

MOST_LISTED = 8  # names in a message


class StateDict:
    """A state dict of PyTorch, or of a TensorFlow checkpoint, that knows what has been read of it.

    Args:
        tensors: from the names of the tensors to NumPy arrays, as `read_checkpoint` gives them.
        not_weights: names of tensors that no network needs, and that may be absent.
        name: what the state dict is of, in messages.
        whole: what it is called in messages.
    """

    def __init__(
        self,
        tensors: Mapping[str, Any],
        not_weights: Collection[str] = (),
        name: str | None = None,
        whole: str = "The state dict",
    ) -> None:
        self.tensors = tensors
        self.unread = set(tensors) - set(not_weights)
        self._whole = whole + ("" if name is None else f" of {name!r}")
        self._of = "" if name is None else f" of {name!r}"

    @property
    def numbers(self) -> int:
        """How many numbers all tensors hold together."""
        return sum(map(np.size, self.tensors.values()))

    def build(self, builder: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """The network that a function of the zoo builds, no larger than the tensors can fill."""
        with building_at_most(self.numbers, len(self.tensors)):
            return builder(*args, **kwargs)

    def __contains__(self, name: str) -> bool:
        return name in self.tensors

    def shape(self, name: str, rank: int) -> tuple[int, ...]:
        """The shape of a tensor, which must be there and have `rank` axes."""
        if name not in self.tensors:
            prefixed = sorted(other for other in self.tensors if other.endswith(f".{name}"))
            hint = (
                f" ({brief(prefixed[0].removesuffix(name))} stands before it)" if prefixed else ""
            )
            raise ValueError(
                f"{self._whole} must have the tensor {name!r}. "
                f"Received: {_listed(self.tensors)}{hint}"
            )
        shape = np.shape(self.tensors[name])
        if len(shape) != rank:
            raise ValueError(f"{name!r}{self._of} must have {rank} axes. Received: shape {shape}")
        if 0 in shape:
            raise ValueError(f"{name!r}{self._of} must not be empty. Received: shape {shape}")
        return shape

    def read(self, name: str, *shape: int) -> np.ndarray:
        """A tensor, which must have this shape and finite numbers, in float32."""
        found = self.shape(name, len(shape))
        if found != shape:
            raise ValueError(f"{name!r}{self._of} must have shape {shape}. Received: shape {found}")
        self.unread.discard(name)
        with np.errstate(over="ignore"):  # of float64
            numbers = np.asarray(self.tensors[name], "float32")
        strange = numbers.size - np.count_nonzero(np.isfinite(numbers))
        if strange:
            raise ValueError(
                f"{name!r}{self._of} must contain finite numbers in float32. "
                f"Received: {strange} of {numbers.size} that are NaN or infinite"
            )
        if name.endswith((".running_var", "/moving_variance")) and numbers.min() < 0:
            raise ValueError(
                f"{name!r}{self._of} must contain non-negative variances. "
                f"Received: {numbers.min():g}"
            )
        return numbers

    def require_all_read(self) -> None:
        """Refuse tensors that were not read."""
        if self.unread:
            raise ValueError(
                f"{self._whole} must have no other tensors. Received: {_listed(self.unread)}"
            )


def _listed(names: Collection[str]) -> str:
    """The first names, and how many there are besides."""
    first, others = sorted(names)[:MOST_LISTED], len(names) - MOST_LISTED
    return (", ".join(cut(name, 80) for name in first) or "none") + (
        f" and {others} others" if others > 0 else ""
    )
