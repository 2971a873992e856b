"""Cleaning up when a signal ends the process."""

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

# from a cluster, `timeout` or systemd; from a closed terminal, which Windows lacks
_ENDING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


def exit_status(interruption: KeyboardInterrupt) -> int:
    """Status of a killed process: 128 plus the number of the signal."""
    return 128 + (interruption.args[0] if interruption.args else signal.SIGINT)


@contextlib.contextmanager
def interrupted_by_signals() -> Iterator[None]:
    """Raise `KeyboardInterrupt` with the signal's number at SIGTERM and SIGHUP, as at Ctrl-C.

    The first one counts; further ones do not interrupt the cleaning up. A signal that is ignored,
    as `nohup` ignores SIGHUP, stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():  # only this one gets signals
        yield
        return
    before = {number: signal.getsignal(number) for number in _ENDING}
    caught = [number for number, handler in before.items() if handler == signal.SIG_DFL]

    def interrupt(number: int, frame: FrameType | None) -> None:
        for each in caught:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt(number)

    for number in caught:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number in caught:
            signal.signal(number, before[number])


@contextlib.contextmanager
def ended_by_signals(name: str) -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and SIGHUP end the program of this name with one line."""
    try:
        with interrupted_by_signals():
            yield
    except KeyboardInterrupt as error:
        print(f"{name}: interrupted", file=sys.stderr)
        sys.exit(exit_status(error))
