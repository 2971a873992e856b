"""Checks of arguments: sizes and counts, and quantities, which are finite real numbers."""

import math
import numbers
from typing import Any

from keras_sep._brief import brief

MOST_ITERATIONS = 300  # each is a part of the graph, or time for every block of sound


def require_positive_integers(**counts: Any) -> None:
    """Raise a `ValueError` that names the first argument which is not a positive integer.

    >>> from keras_sep._validate import require_positive_integers
    >>> require_positive_integers(bins=129, sources=2)
    """
    for name, count in counts.items():
        if not is_integer(count, 1):
            raise ValueError(
                f"`{name}` must be a positive integer. Received: {name}={brief(count)}"
            )


def require_odd(**counts: Any) -> None:
    """Raise a `ValueError` that names the first argument which is not a positive odd integer."""
    require_positive_integers(**counts)
    for name, count in counts.items():
        if count % 2 == 0:
            raise ValueError(f"`{name}` must be odd. Received: {name}={count}")


def require_integers_from(least: Any, **counts: Any) -> Any:
    """Raise a `ValueError` that names the first argument which is not an integer >= `least`."""
    wanted = f"an integer of at least {least}" if least else "a non-negative integer"
    for name, count in counts.items():
        if not is_integer(count, least):
            raise ValueError(f"`{name}` must be {wanted}. Received: {name}={brief(count)}")


def require_iterations(iterations: Any) -> None:
    """Raise a `ValueError` unless a layer may do this number of iterations."""
    if not is_integer(iterations, 0) or iterations > MOST_ITERATIONS:
        raise ValueError(
            f"`iterations` must be a non-negative integer of at most {MOST_ITERATIONS}. "
            f"Received: iterations={brief(iterations)}"
        )


def require_lists_of_positive_integers(**lists: Any) -> Any:
    """Raise a `ValueError` that names the first argument which is not such a list."""
    for name, items in lists.items():
        if not isinstance(items, (list, tuple)) or not all(is_integer(item, 1) for item in items):
            raise ValueError(
                f"`{name}` must be a list of positive integers. Received: {name}={brief(items)}"
            )


def require_flags(**flags: Any) -> None:
    """Raise a `ValueError` that names the first argument which is not True or False."""
    for name, flag in flags.items():
        if not isinstance(flag, bool):
            raise ValueError(f"`{name}` must be True or False. Received: {name}={brief(flag)}")


def require_texts_or_none(**texts: Any) -> None:
    """Raise a `ValueError` that names the first argument which is neither a text nor None."""
    for name, text in texts.items():
        if not isinstance(text, str | None):
            raise ValueError(f"`{name}` must be a text or None. Received: {name}={brief(text)}")


def require_samples_or_none(least: int, **counts: Any) -> None:
    """Raise a `ValueError` that names the first that is neither None nor so many samples."""
    for name, count in counts.items():
        if count is not None and not is_integer(count, least):
            raise ValueError(
                f"`{name}` must be a whole number of samples from {least} on, or None. "
                f"Received: {name}={brief(count)}"
            )


def is_integer(value: Any, least: Any) -> bool:
    """Whether this is an integer of at least `least`; True and False are not."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool) and value >= least


def require_numbers(or_none: bool = False, **values: Any) -> Any:
    """Raise a `ValueError` that names the first argument that is not a finite number."""
    _require("a number", -math.inf, math.inf, or_none, values)


def require_positive_numbers(or_none: bool = False, **values: Any) -> Any:
    """Raise a `ValueError` that names the first argument which is not a finite positive number.

    >>> from keras_sep._validate import require_positive_numbers
    >>> require_positive_numbers(epsilon=1e-8)
    """
    _require("a positive number", math.ulp(0), math.inf, or_none, values)


def require_numbers_from_zero(or_none: bool = False, **values: Any) -> Any:
    """Raise a `ValueError` that names the first argument that is not finite and non-negative."""
    _require("a non-negative number", 0, math.inf, or_none, values)


def require_rates(**values: Any) -> Any:
    """Raise a `ValueError` that names the first argument that is not a number in [0, 1)."""
    _require("a number in [0, 1)", 0, 1, False, values)


def _require(wanted, least, below, or_none, values):
    for name, value in values.items():
        if or_none and value is None:
            continue
        real = isinstance(value, numbers.Real) and not isinstance(value, bool)
        if not (real and least <= value < below and math.isfinite(value)):
            more = ", or None" if or_none else ""
            raise ValueError(f"`{name}` must be {wanted}{more}. Received: {name}={brief(value)}")
