"""What the processes of one training tell each other, through JAX; alone, nothing."""

import contextlib
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np

from keras_sep.training._clock import Clock

_JOINED = False


def mark_joined() -> None:
    """Note that this process is one of several from now on."""
    global _JOINED
    _JOINED = True


def processes() -> int:
    """Number of processes that train together."""
    return _jax().process_count() if _JOINED else 1


def process() -> int:
    """Number of this process among them, from 0."""
    return _jax().process_index() if _JOINED else 0


def is_first() -> bool:
    """Whether this process is the one that writes and speaks."""
    return process() == 0


def from_first(compute: Callable[[], Any]) -> Any:
    """The number or array that the first process computes, in all of them."""
    if processes() == 1:
        return compute()
    # as all must pass the same shape, it goes ahead
    value = np.asarray(compute()) if is_first() else np.zeros(())
    shape = np.zeros(8, np.int32)
    shape[: value.ndim + 1] = (value.ndim, *value.shape)
    ndim, *sizes = map(int, _broadcast(shape))
    if not is_first():
        value = np.zeros(sizes[:ndim])
    return _broadcast(value.astype(np.float32))[()]


@contextlib.contextmanager
def agreed(what: str = "") -> Iterator[list[Any]]:
    """Do in every process what may fail in one: if it does, all end.

    Args:
        what: Noun for what must be the same in all, for the message. Default "".

    Yields:
        A list for it.

    Raises:
        ValueError: If another process failed, or has something else in its list.
    """
    seen: list[Any] = []
    if processes() == 1:
        yield seen
        return
    try:
        yield seen
    except BaseException:
        _gather([1, 0])
        raise
    failed, digests = _gather([0, zlib.crc32(repr(seen).encode()) & 0x7FFFFFFF]).T
    if failed.any():
        number = int(np.argmax(failed))
        raise ValueError(f"process {number} cannot take part, see what it says: all have ended")
    if (digests != digests[0]).any():
        number = int(np.argmax(digests != digests[0]))
        raise ValueError(
            f"all processes must have the same {what}: give all of them the same arguments, and "
            f"folders that all hosts share. Received: others in process {number} than in process 0"
        )


def wait_for_all() -> None:
    """Return once all processes are here."""
    if processes() > 1:
        _gather([0, 0])


@contextlib.contextmanager
def by_itself() -> Iterator[None]:
    """Make variables in the block on this process alone, as Keras does when it writes and reads."""
    shared = keras.distribution.distribution()
    keras.distribution.set_distribution(None)
    try:
        yield
    finally:
        keras.distribution.set_distribution(shared)


class SharedClock(Clock):
    """A clock whose time is that of the first process when a step began or ended.

    All processes must stop after the same step, and have the same learning rate in it.

    Args:
        limit_seconds: Time in seconds after which training stops.
    """

    _told: float | None = None

    @property
    def seconds(self) -> float:
        return super().seconds if self._told is None else self._told

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._told = None
        self._told = float(from_first(lambda: self.seconds))

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self.on_train_batch_begin(batch)
        super().on_train_batch_end(batch, logs)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._told = None
        super().on_epoch_end(epoch, logs)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self._told = None
        super().on_train_end(logs)


def _broadcast(value: np.ndarray) -> np.ndarray:
    from jax.experimental import multihost_utils

    return np.asarray(multihost_utils.broadcast_one_to_all(value))


def _gather(numbers: list[int]) -> np.ndarray:
    """The numbers of all processes, shape (processes, count)."""
    from jax.experimental import multihost_utils

    return np.asarray(multihost_utils.process_allgather(np.array(numbers, np.int32)))


def _jax() -> Any:
    if keras.backend.backend() != "jax":
        raise RuntimeError("only JAX joins processes")
    import jax

    return jax
