"""Decoded audio that is kept in memory for the next time."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

import numpy as np


class KeptArrays:
    """The arrays made or asked for last, up to a number of bytes in all.

    Args:
        keep_bytes: How many bytes they may hold together. One array larger than that is kept
            until the next.
    """

    def __init__(self, keep_bytes: int):
        self.keep_bytes = keep_bytes
        self._arrays: OrderedDict[Hashable, np.ndarray] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], np.ndarray]) -> np.ndarray:
        """The array of this key, made if it is not there; nobody may write to it."""
        with self._lock:
            if key in self._arrays:
                self._arrays.move_to_end(key)
                return self._arrays[key]
        array = make()  # outside of the lock: decoding takes long, and others need not wait
        array.flags.writeable = False  # it is handed out again
        with self._lock:
            if key not in self._arrays:
                self._arrays[key] = array
                self._bytes += array.nbytes
            while len(self._arrays) > 1 and self._bytes > self.keep_bytes:
                self._bytes -= self._arrays.popitem(last=False)[1].nbytes
        return array
