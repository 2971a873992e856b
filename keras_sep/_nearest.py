"""The known name nearest to one that is not known."""

import difflib
from collections.abc import Iterable
from typing import Any


def nearest(name: Any, known: Iterable[str]) -> str:
    """The known name that may have been meant, as a question; nothing if none is near."""
    near = difflib.get_close_matches(str(name)[:60], [*known], n=1)
    return f"Did you mean `{near[0]}`?" if near else ""
