"""A state dict that is read strictly: every tensor once, in the shape that is expected."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

MOST_LISTED = 8  # names in a message


class StateDict:
    """A state dict of PyTorch that knows which of its tensors have been read.

    Args:
        tensors: from the names of the tensors to NumPy arrays, as `read_checkpoint` gives them.
        not_weights: names of tensors that no network needs, and that may be absent.
        name: what the state dict is of, in messages.
    """

    def __init__(
        self, tensors: Mapping[str, Any], not_weights: Collection[str] = (), name: str | None = None
    ) -> None:
        self.tensors = tensors
        self.unread = set(tensors) - set(not_weights)
        self._whole = "The state dict" + ("" if name is None else f" of {name!r}")
        self._of = "" if name is None else f" of {name!r}"

    def __contains__(self, name: str) -> bool:
        return name in self.tensors

    def shape(self, name: str, rank: int) -> tuple[int, ...]:
        """The shape of a tensor, which must be there and have so many axes."""
        if name not in self.tensors:
            prefixed = sorted(other for other in self.tensors if other.endswith(f".{name}"))
            hint = f" ({prefixed[0].removesuffix(name)!r} stands before it)" if prefixed else ""
            raise ValueError(
                f"{self._whole} must have the tensor {name!r}. "
                f"Received: {_listed(self.tensors)}{hint}"
            )
        shape = np.shape(self.tensors[name])
        if len(shape) != rank:
            raise ValueError(f"{name!r}{self._of} must have {rank} axes. Received: shape {shape}")
        return shape

    def read(self, name: str, *shape: int) -> np.ndarray:
        """A tensor, which must have this shape, in float32."""
        found = self.shape(name, len(shape))
        if found != shape:
            raise ValueError(f"{name!r}{self._of} must have shape {shape}. Received: shape {found}")
        self.unread.discard(name)
        return np.asarray(self.tensors[name], "float32")

    def require_all_read(self) -> None:
        """Complain of tensors that were not read."""
        if self.unread:
            raise ValueError(
                f"{self._whole} must have no other tensors. Received: {_listed(self.unread)}"
            )


def _listed(names: Collection[str]) -> str:
    """The first names, and how many there are besides."""
    first, others = sorted(names)[:MOST_LISTED], len(names) - MOST_LISTED
    return (", ".join(first) or "none") + (f" and {others} others" if others > 0 else "")
