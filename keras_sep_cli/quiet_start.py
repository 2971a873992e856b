"""Hiding TensorFlow's output while it starts, unless the start fails."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from typing import IO


@contextlib.contextmanager
def quiet_start() -> Iterator[None]:
    """Import TensorFlow inside the block without the output of its search for devices.

    TensorFlow writes to the file descriptor of stderr, at first regardless of all variables. If the
    block raises or the process crashes in it, as on a processor that TensorFlow was not built for,
    the hidden output is printed after all. With `TF_CPP_MIN_LOG_LEVEL=0` nothing is hidden.
    """
    if "tensorflow" in sys.modules or os.environ.get("TF_CPP_MIN_LOG_LEVEL") == "0":
        yield
        return
    with tempfile.TemporaryFile() as kept, _replayed_after_a_crash(kept):
        terminal = _point_stderr_to(kept.fileno())
        try:
            yield
            _find_devices()
        except Exception:
            _point_stderr_to(terminal)
            _replay(kept)
            raise
        finally:
            _point_stderr_to(terminal)
            os.close(terminal)


@contextlib.contextmanager
def _replayed_after_a_crash(kept: IO[bytes]) -> Iterator[None]:
    """Let a second process print the hidden output if this one ends inside the block."""
    if not hasattr(os, "fork"):  # Windows
        yield
        return
    ours, theirs = os.pipe()
    watcher = os.fork()
    if not watcher:
        try:
            os.close(theirs)
            if not os.read(ours, 1):  # closed by the end of the first process
                _replay(kept)
        finally:
            os._exit(0)
    try:
        yield
    finally:
        os.write(theirs, b".")
        os.close(theirs)
        os.close(ours)
        os.waitpid(watcher, 0)


def _point_stderr_to(descriptor: int) -> int:
    """Return a copy of the previous descriptor."""
    sys.stderr.flush()
    before = os.dup(2)
    os.dup2(descriptor, 2)
    return before


def _find_devices() -> None:
    if (tensorflow := sys.modules.get("tensorflow")) is not None:
        tensorflow.config.list_physical_devices()


def _replay(kept: IO[bytes]) -> None:
    kept.seek(0)
    os.write(2, kept.read())
