"""Limits of the app."""

import math
from dataclasses import dataclass

from keras_sep._brief import brief
from keras_sep.data.audio import require_known_format

_LARGEST = {"max_seconds": 86_400.0, "max_megabytes": 10_000.0, "keep_minutes": 10_080.0}


@dataclass(frozen=True)
class AppSettings:
    """What the app takes, and how long it keeps what it made.

    Args:
        max_seconds: Length of the longest song in seconds. Default 900.
        max_megabytes: Size of the largest file in units of 10^6 bytes. Default 200.
        keep_minutes: Minutes after which uploads and stems are deleted. Default 60.
        max_waiting: Number of songs that may wait; more are refused. Default 20.
        audio_format: Format of the stems, as for `separate_file`. Default "wav16".

    Example:

    >>> keras_sep.app.AppSettings(max_seconds=90).in_words()
    'at most 1:30 minutes and 200 MB'
    """

    max_seconds: float = 900.0
    max_megabytes: float = 200.0
    keep_minutes: float = 60.0
    max_waiting: int = 20
    audio_format: str = "wav16"

    def __post_init__(self) -> None:
        for name, largest in _LARGEST.items():
            value = getattr(self, name)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not math.isfinite(value) or not 0 < value <= largest:
                raise ValueError(
                    f"`{name}` must be more than 0 and at most {largest:g}. "
                    f"Received: {brief(value)}"
                )
        if type(self.max_waiting) is not int or not 1 <= self.max_waiting <= 10_000:
            raise ValueError(
                "`max_waiting` must be a whole number from 1 to 10000. "
                f"Received: {brief(self.max_waiting)}"
            )
        if require_known_format(self.audio_format).one_file:
            raise ValueError(
                "`audio_format` must be one with a file for each stem. "
                f"Received: {self.audio_format}"
            )

    def in_words(self) -> str:
        """Return the limits of a song."""
        return f"at most {clock(self.max_seconds)} minutes and {self.max_megabytes:g} MB"


def clock(seconds: float) -> str:
    """Format a time as minutes and seconds.

    Example:

    >>> clock(125.2)
    '2:05'
    """
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
