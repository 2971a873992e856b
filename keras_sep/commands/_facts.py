"""Facts of a file, printed for people."""

from collections.abc import Mapping
from typing import Any

from keras_sep._brief import cut
from keras_sep._printable import printable

Facts = dict[str, Any]
_UNITS = {"hz": "Hz", "seconds": "s", "megabytes": "MB"}
_MOST_LETTERS = 500


def facts_text(facts: Mapping[str, Any]) -> str:
    """Return facts as lines of a name and a value each.

    Args:
        facts: Values by name; a name may end with its unit. Values of None and empty ones are left
            out.

    Example:

    >>> print(facts_text({"sources": ["vocals", "drums"], "sample_rate_hz": 44100}))
      sources      vocals, drums
      sample rate  44,100 Hz
    """
    rows = [
        (*_labelled(name, one), label == 0)
        for name, value in facts.items()
        for label, one in enumerate(value if isinstance(value, tuple) else (value,))
        if one not in (None, "", [], {})
    ]
    width = max((len(label) for label, _, _ in rows), default=0)
    return "\n".join(f"  {label if first else '':{width}}  {text}" for label, text, first in rows)


def _labelled(name: str, value: Any) -> tuple[str, str]:
    start, _, end = name.rpartition("_")
    unit = _UNITS.get(end, "")
    label = (start if unit else name).replace("_", " ")
    return label, cut(printable(f"{_text(value)} {unit}".rstrip()), _MOST_LETTERS)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.2f}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={one}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)
