"""The check that sizes and counts have in common."""

import numbers


def require_positive_integers(**counts):
    """Raise a `ValueError` that names the first which is not an integer from 1 on.

    >>> from keras_sep.ops.positive_integers import require_positive_integers
    >>> require_positive_integers(bins=129, sources=2)
    """
    for name, count in counts.items():
        if isinstance(count, bool) or not isinstance(count, numbers.Integral) or count < 1:
            raise ValueError(f"`{name}` must be a positive integer. Received: {name}={count!r}")
