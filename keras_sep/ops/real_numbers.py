"""The checks that quantities have in common: finite real numbers, or None where that is said."""

import math
import numbers
from typing import Any

from keras_sep._brief import brief


def require_numbers(or_none: bool = False, **values: Any) -> Any:
    """Raise a `ValueError` that names the first which is no finite number."""
    _require("a number", -math.inf, math.inf, or_none, values)


def require_positive_numbers(or_none: bool = False, **values: Any) -> Any:
    """Raise a `ValueError` that names the first argument which is not a finite positive number.

    >>> from keras_sep.ops.real_numbers import require_positive_numbers
    >>> require_positive_numbers(epsilon=1e-8)
    """
    _require("a positive number", math.ulp(0), math.inf, or_none, values)


def require_numbers_from_zero(or_none: bool = False, **values: Any) -> Any:
    """Raise a `ValueError` that names the first argument that is not finite and non-negative."""
    _require("a non-negative number", 0, math.inf, or_none, values)


def require_rates(**values: Any) -> Any:
    """Raise a `ValueError` that names the first which is no number in [0, 1)."""
    _require("a number in [0, 1)", 0, 1, False, values)


def _require(wanted, least, below, or_none, values):
    for name, value in values.items():
        if or_none and value is None:
            continue
        real = isinstance(value, numbers.Real) and not isinstance(value, bool)
        if not (real and least <= value < below and math.isfinite(value)):
            more = ", or None" if or_none else ""
            raise ValueError(f"`{name}` must be {wanted}{more}. Received: {name}={brief(value)}")
