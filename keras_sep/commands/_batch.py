"""Batches that continue when an item fails, and sum up at the end."""

import contextlib
from collections.abc import Iterator, Sequence

from tqdm import tqdm

from keras_sep._brief import counted
from keras_sep._printable import say
from keras_sep._progress import progress_bar
from keras_sep.commands.failure import failure_line, say_failure


class Batch:
    """Record of what became of the items of a batch.

    Args:
        kind: Plural noun for the items, for messages.
        retry: Sentence that says how to go on with the items that failed. Default: none.

    Example:

    >>> batch = Batch("files")
    >>> with batch.item("a.wav"):
    ...     raise ValueError("a.wav: no such file")
    >>> with batch.item("b.wav"):
    ...     pass
    >>> batch.status
    1
    """

    def __init__(self, kind: str, retry: str = ""):
        self.kind = kind
        self.retry = retry
        self.done = 0
        self.skipped = 0
        self.failed: list[str] = []
        self._bar: tqdm | None = None
        self._passed = 0  # items of the bar

    @contextlib.contextmanager
    def over(self, sizes: Sequence[int]) -> Iterator[None]:
        """Show a bar of several items; an interruption says how many are done.

        Args:
            sizes: Work that each item to come takes, relative to the others.
        """
        if len(sizes) < 2:
            yield
            return
        self._sizes = list(sizes)
        with progress_bar(
            sum(sizes),
            f"0 of {len(sizes)} {self.kind}",
            bar_format="{desc}: |{bar}| [{elapsed}<{remaining}]",
            smoothing=0,
            leave=False,
        ) as self._bar:
            try:
                yield
            except KeyboardInterrupt:
                say(f"{self.done + self.skipped} of {len(sizes)} {self.kind} done", self.retry)
                raise

    @contextlib.contextmanager
    def item(self, name: object) -> Iterator[None]:
        """Run one item; an error is printed in one line that names the item."""
        try:
            yield
        except Exception as error:
            self.fail(name, error)
        else:
            self.done += 1
            self._tick()

    def fail(self, name: object, error: Exception) -> None:
        """Print and record why an item failed."""
        say_failure(error, str(name), joint=" ")
        self.failed.append(failure_line(error, str(name), joint=" "))
        self._tick()

    def skip(self) -> None:
        """Record an item that needs nothing done."""
        self.skipped += 1
        self._tick(took_time=False)

    def _tick(self, took_time: bool = True) -> None:
        if self._bar is None:
            return
        size = self._sizes[self._passed]
        self._passed += 1
        self._bar.set_description_str(
            f"{self._passed} of {len(self._sizes)} {self.kind}", refresh=False
        )
        if took_time:
            self._bar.update(size)
        else:
            self._bar.total = (self._bar.total or 0) - size

    @property
    def total(self) -> int:
        """Number of items so far."""
        return self.done + self.skipped + len(self.failed)

    @property
    def status(self) -> int:
        """Exit status of the command."""
        return 1 if self.failed else 0

    def sum_up(self) -> None:
        """Print how many items were done, skipped and failed, and why, if there were several."""
        if self.total > 1 or self.skipped:
            counts = {"done": self.done, "skipped": self.skipped, "failed": len(self.failed)}
            said = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
            say(f"{counted(self.total, self.kind.removesuffix('s'))}: {said}")
        if self.total > 1 and self.failed:
            say(*(f"  {line}" for line in self.failed), *filter(None, [self.retry]))
