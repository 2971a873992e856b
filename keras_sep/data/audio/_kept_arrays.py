"""Decoded audio kept in memory for reuse."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

import numpy as np


class KeptArrays:
    """Cache of the arrays used most recently, up to a total number of bytes.

    Args:
        keep_bytes: Total size in bytes. A single array larger than that is kept until the next one.
    """

    def __init__(self, keep_bytes: int):
        self.keep_bytes = keep_bytes
        self._arrays: OrderedDict[Hashable, np.ndarray] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], np.ndarray]) -> np.ndarray:
        """Return the read-only array of this key, made by `make` if it is not cached."""
        with self._lock:
            if key in self._arrays:
                self._arrays.move_to_end(key)
                return self._arrays[key]
        array = make()  # outside the lock, as decoding takes long
        array.flags.writeable = False  # others get the same array
        with self._lock:
            if key not in self._arrays:
                self._arrays[key] = array
                self._bytes += array.nbytes
            while len(self._arrays) > 1 and self._bytes > self.keep_bytes:
                self._bytes -= self._arrays.popitem(last=False)[1].nbytes
        return array
