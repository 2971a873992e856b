"""A batch goes on when one of its items fails, and says at the end which did."""

import contextlib
import sys
from collections.abc import Iterator

from keras_sep._printable import printable
from keras_sep.commands.failure import say_failure


class Batch:
    """Keep the account of a batch.

    Args:
        kind: What the items are, in the plural.

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
        """Run one item; what is wrong with it is said in a line that names it."""
        self.total += 1
        try:
            yield
        except Exception as error:
            self.failed.append(printable(name))
            say_failure(error, str(name), joint=" ")

    def status(self) -> int:
        """Name the items that failed and return the exit status."""
        if self.failed and self.total > 1:
            listed = ", ".join(self.failed)
            print(
                f"{len(self.failed)} of {self.total} {self.kind} failed: {listed}", file=sys.stderr
            )
        return 1 if self.failed else 0
