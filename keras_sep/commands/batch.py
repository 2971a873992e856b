"""A batch goes on when one of its items fails, and says at the end which did."""

import contextlib
import sys
from collections.abc import Iterator


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
        except _failures() as error:
            self.failed.append(str(name))
            text = _one_line(error)
            print(text if str(name) in text else f"{name}: {text}", file=sys.stderr)

    def status(self) -> int:
        """Name the items that failed and return the exit status."""
        if self.failed and self.total > 1:
            listed = ", ".join(self.failed)
            print(
                f"{len(self.failed)} of {self.total} {self.kind} failed: {listed}", file=sys.stderr
            )
        return 1 if self.failed else 0


def _failures() -> tuple[type[Exception], ...]:
    """What one item may fail with; TensorFlow's errors (memory, most of all) where it runs."""
    plain = (ValueError, OSError, MemoryError, RuntimeError)
    tensorflow = sys.modules.get("tensorflow")
    return plain if tensorflow is None else (*plain, tensorflow.errors.OpError)


def _one_line(error: Exception) -> str:
    lines = (line.strip() for line in str(error).splitlines())
    return " ".join(line for line in lines if line) or type(error).__name__
