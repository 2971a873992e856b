"""Interleaved timing: every candidate once, in turn, over and over, in one process."""

import time
from collections.abc import Callable
from statistics import median

THREADS = 2


def interleaved(candidates: dict[str, Callable], repeats: int) -> dict[str, tuple[float, float]]:
    """Minimum and median seconds of each candidate.

    Whatever else the machine does falls on all of them alike, and the minimum is what the code
    costs. Each runs once beforehand, to trace, compile and allocate, and once untimed each turn, so
    that none is timed with the caches full of the one before.

    Args:
        candidates: functions of no argument that return when their result is there.
        repeats: how often each is timed.
    """
    for run in candidates.values():
        run()
    seconds: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(repeats):
        for name, run in candidates.items():
            run()
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    return {name: (min(taken), median(taken)) for name, taken in seconds.items()}


def two_threads() -> None:
    """Two threads for TensorFlow and for PyTorch; before either has run anything."""
    import tensorflow as tf
    import torch

    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    tf.config.threading.set_inter_op_parallelism_threads(THREADS)
    torch.set_num_threads(THREADS)
