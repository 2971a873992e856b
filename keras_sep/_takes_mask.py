"""Which layers and losses respect a mask of time."""

import functools
import inspect
from typing import Any


def takes_mask(of: Any) -> bool:
    """Whether the method `call` of a layer or a loss has an argument `mask`."""
    kind: Any = type(of)
    return _takes_mask(kind)


@functools.cache
def _takes_mask(kind: Any) -> bool:
    return "mask" in inspect.signature(kind.call).parameters
