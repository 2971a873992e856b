"""Tracing a model for a runtime that has fewer operations than Keras's backends."""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class PortableOperations:
    """What stands, in a graph for another runtime, for what its backend has beyond `keras.ops`.

    Everything else is what `keras.ops` are anywhere.

    Args:
        infer_lstm, infer_gru: The recurrences of `keras_sep.layers._backend`, without training.
        fft_from: Power of two from which on the runtime's forward FFT takes less time than a
            product with a matrix. Lengths that are not powers of two are products.
    """

    infer_lstm: Any
    infer_gru: Any
    fft_from: int


_traced_with: ContextVar[PortableOperations | None] = ContextVar("traced_with", default=None)


def portable_operations() -> PortableOperations | None:
    """The operations of the runtime that a model is being traced for, or None."""
    return _traced_with.get()


@contextlib.contextmanager
def traced_with(operations: PortableOperations) -> Iterator[None]:
    """Have layers and operations that are called inside the block use these operations."""
    token = _traced_with.set(operations)
    try:
        yield
    finally:
        _traced_with.reset(token)
