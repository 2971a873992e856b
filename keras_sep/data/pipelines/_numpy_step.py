"""NumPy code as a step of a pipeline that stops before Python shuts down."""

import atexit
import math
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from keras_sep._tensorflow import tf

_ALIGNMENT = 64  # bytes, of what TensorFlow takes over without a copy
_QUIET_SECONDS = 0.2
_PATIENCE_SECONDS = 30.0


class _Exit:
    """Whether Python is about to end, and which calls must return before it may.

    Pipelines read ahead in their own threads. A thread that asks for the interpreter's lock
    during shutdown never gets it, TensorFlow waits for that thread, and the process hangs. So every
    call is refused from the start of the exit, which ends the reading ahead within a few calls, and
    the exit continues once no thread has called for a while.
    """

    def __init__(self) -> None:
        self.begun = False
        self._lock = threading.Lock()
        self._running = 0
        self._last = 0.0

    def __enter__(self) -> None:
        with self._lock:
            self._running += 1
            self._last = time.monotonic()

    def __exit__(self, *_: Any) -> None:
        with self._lock:
            self._running -= 1
            self._last = time.monotonic()

    def wait(self) -> None:
        """Return once no call is running and none has come for a moment."""
        self.begun = True
        end = time.monotonic() + _PATIENCE_SECONDS
        while self._last and time.monotonic() < end:
            if not self._running and time.monotonic() - self._last > _QUIET_SECONDS:
                return
            time.sleep(_QUIET_SECONDS / 10)


_exit = _Exit()
atexit.register(_exit.wait)


def aligned_empty(shape: tuple[int, ...]) -> np.ndarray:
    """An uninitialised float32 array that `numpy_step` returns without a copy."""
    size = 4 * math.prod(shape)
    memory = np.empty(size + _ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    return memory[start : start + size].view(np.float32).reshape(shape)


def numpy_step(function: Callable[..., Any], inputs: list, output_types: Any) -> Any:
    """`tf.numpy_function`, for pipelines that still read ahead when the process ends.

    Args:
        function: Function from NumPy arrays, which it must not change, to NumPy arrays, which it
            must not keep: TensorFlow may own the memory of both.
        inputs: Tensors that the function is called with.
        output_types: Types of its results, as for `tf.numpy_function`.
    """

    def call(*arrays: Any) -> Any:
        with _exit:
            if _exit.begun:
                raise RuntimeError("the interpreter is shutting down")
            return function(*arrays)

    return tf.numpy_function(call, inputs, output_types)
