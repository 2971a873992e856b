"""Batches that continue when an item fails, and report the failures at the end."""

import contextlib
import sys
from collections.abc import Iterator

from keras_sep._printable import printable
from keras_sep.commands.failure import say_failure


class Batch:
    """Record of the items of a batch that failed.

    Args:
        kind: Plural noun for the items, for messages.

    Example:

    >>> batch = Batch("files")
    >>> with batch.item("a.wav"):
    ...     raise ValueError("a.wav: no such file")
    >>> with batch.item("b.wav"):
    ...     pass
    >>> batch.status()
    1
    """

    def __init__(self, kind: str):
        self.kind = kind
        self.total = 0
        self.failed: list[str] = []

    @contextlib.contextmanager
    def item(self, name: object) -> Iterator[None]:
        """Run one item; an error is printed in one line that names the item."""
        self.total += 1
        try:
            yield
        except Exception as error:
            self.failed.append(printable(name))
            say_failure(error, str(name), joint=" ")

    def status(self) -> int:
        """Print the items that failed and return the exit status."""
        if self.failed and self.total > 1:
            listed = ", ".join(self.failed)
            print(
                f"{len(self.failed)} of {self.total} {self.kind} failed: {listed}", file=sys.stderr
            )
        return 1 if self.failed else 0
