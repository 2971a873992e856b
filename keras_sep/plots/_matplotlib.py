"""The optional dependency of all pictures."""

from typing import Any


def matplotlib_or_error() -> Any:
    """Import matplotlib, or raise an error that says how to install it."""
    try:
        import matplotlib
    except ImportError:
        raise ValueError("plots need matplotlib: pip install 'keras_sep[plots]'") from None
    return matplotlib
