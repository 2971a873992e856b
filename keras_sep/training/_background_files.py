"""Files that a thread writes while training goes on, of values as they were."""

import math
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import keras
import numpy as np

from keras_sep._keras import ready_to_save

AT_ONCE_BYTES = 16 * 2**20  # of what is written sooner than a thread would be worth it


class BackgroundFiles:
    """Writes files of variables in a thread, in the order in which they are given."""

    def __init__(self) -> None:
        self._thread: ThreadPoolExecutor | None = None
        self._running: list[Future[None]] = []

    def write(self, variables: Iterable[Any], write: Callable[[], None]) -> None:
        """Have a function write variables with the values that they have now.

        Small ones are written before this returns.

        Args:
            variables: Keras variables that it reads, which may change meanwhile.
            write: Function that writes, and reads the variables through Keras.
        """
        unique = [*{id(variable): variable for variable in variables}.values()]
        if sum(map(_bytes, unique)) < AT_ONCE_BYTES:
            write()
            return
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "checkpoints")
        # copies, as some backends lend out their own memory
        values = [(variable, np.array(keras.ops.convert_to_numpy(variable))) for variable in unique]

        before = self._running[-1:]

        def run() -> None:
            if any(future.exception() for future in before):
                return  # what comes second may say of the first that it is there
            ready_to_save()
            # Keras keeps the scope to this thread, as it does with what variables are shared among
            with keras.device("cpu"), keras.StatelessScope(values):
                write()

        self._running.append(self._thread.submit(run))

    def wait(self) -> None:
        """Return once all is written, or raise what the first that failed has raised."""
        running, self._running = self._running, []
        for future in running:
            future.result()


def _bytes(variable: Any) -> int:
    bits = 16 if "16" in variable.dtype else 64 if "64" in variable.dtype else 32
    return math.prod(variable.shape) * bits // 8
