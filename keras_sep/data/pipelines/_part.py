"""One of several equal parts of every batch."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Part:
    """The examples of every batch that one of several processes draws.

    Args:
        place: Number of the part, from 0.
        size: Examples in it.
        batch_size: Examples in the whole batch, a multiple of `size`.
        keep_all: Whether the last batch is filled up with repetitions of the last example; if not,
            it is dropped unless it is whole.
    """

    place: int
    size: int
    batch_size: int
    keep_all: bool

    def count(self, count: int | None) -> int | None:
        """Examples of this part, of `count` in all."""
        if count is None:
            return None
        steps = -(-count // self.batch_size) if self.keep_all else count // self.batch_size
        return steps * self.size

    def index(self, number: Any, count: int | None) -> Any:
        """Index, among all examples, of this part's example of a number."""
        step, place = number // self.size, number % self.size
        index = step * self.batch_size + self.place * self.size + place
        if count is None:
            return index
        beyond = index > count - 1
        if isinstance(beyond, bool):
            return count - 1 if beyond else index
        from keras_sep._tensorflow import tf

        return tf.minimum(index, tf.constant(count - 1, tf.int64))


def part_of(part: tuple[int, int] | None, batch_size: int, keep_all: bool) -> Part | None:
    """The part (number, count of parts) of batches; None for whole batches.

    Raises:
        ValueError: If there is no such part, or the batch has no equal parts.
    """
    if part is None:
        return None
    place, parts = part
    if not 0 <= place < parts:
        raise ValueError(f"`part` must be (number, parts), counted from 0. Received: {part}")
    if batch_size % parts:
        raise ValueError(
            f"`batch_size` must be a multiple of the parts. Received: batch_size={batch_size}, "
            f"part={part}"
        )
    return Part(place, batch_size // parts, batch_size, keep_all)
