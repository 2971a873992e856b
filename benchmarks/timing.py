"""Interleaved timing: all candidates in turn, repeatedly, in one process."""

import time
from collections.abc import Callable
from statistics import median

THREADS = 2


def interleaved(candidates: dict[str, Callable], repeats: int) -> dict[str, tuple[float, float]]:
    """Minimum and median seconds of each candidate.

    Other load on the machine affects all of them alike, and the minimum is the cost of the code.
    Each runs once beforehand, to trace, compile and allocate, and once untimed in each turn, so
    that none is timed with the caches of the previous one.

    Args:
        candidates: Functions without arguments that return when their result is complete.
        repeats: Number of timings of each.
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
    """Set two threads for TensorFlow and PyTorch; to be called before either runs anything."""
    import tensorflow as tf
    import torch

    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    tf.config.threading.set_inter_op_parallelism_threads(THREADS)
    torch.set_num_threads(THREADS)
