"""Values and names in messages, shortened to few characters."""

import reprlib
from collections.abc import Iterable
from typing import Any

_MOST = 120


class _Repr(reprlib.Repr):
    def __init__(self) -> None:
        super().__init__()
        self.maxlevel, self.maxlist, self.maxtuple, self.maxdict = 3, 8, 8, 6
        self.maxstring = self.maxother = 80

    def repr_int(self, x: int, level: int) -> str:
        # Python writes no integer of more than some thousand digits
        return repr(x) if x.bit_length() < 128 else f"an integer of {x.bit_length()} bits"


def brief(value: Any) -> str:
    """The `repr` of a value, shortened to one line of some 120 characters.

    Example:

    >>> brief(["vocals", 0.5])
    "['vocals', 0.5]"
    >>> len(brief(["x" * 1000] * 1000)) <= 120
    True
    """
    return cut(" ".join(_Repr().repr(value).split()))


def brief_names(names: Iterable[Any]) -> str:
    """The first few of several names, and how many more there are.

    Example:

    >>> brief_names(["a", "b", "c", "d", "e"])
    'a, b, c and 2 more'
    """
    names = [cut(str(name), 60) for name in names]
    more = f" and {len(names) - 3} more" if len(names) > 4 else ""
    return ", ".join(names[:3] if more else names) + more


def cut(text: str, most: int = _MOST) -> str:
    """A text without its middle if it is longer than `most` characters."""
    half = (most - 3) // 2
    return text if len(text) <= most else f"{text[:half]}...{text[-half:]}"


def counted(count: int, noun: str) -> str:
    """A number of things, in the singular or the plural.

    Example:

    >>> counted(1, "file"), counted(2000, "channel")
    ('1 file', '2,000 channels')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def one_line(error: BaseException | str, most: int = 300) -> str:
    """The text of an error on one line, cut to `most` characters; its class if it has none.

    Example:

    >>> one_line(EOFError())
    'EOFError'
    """
    text = " ".join(str(error).split()) or type(error).__name__
    return cut("".join(letter if letter.isprintable() else "?" for letter in text), most)
