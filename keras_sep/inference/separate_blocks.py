"""Separating a stream of samples into a stream of stems, in the memory of one block."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from keras_sep.inference._continue_order import continue_order
from keras_sep.inference.block_grid import BlockGrid

_PIECE_SAMPLES = 1 << 16


def separate_blocks(
    separate: Callable[[np.ndarray], np.ndarray],
    chunks: Iterable[np.ndarray],
    grid: BlockGrid,
    interchangeable_sources: bool = False,
    in_flight: int = 1,
) -> Iterator[np.ndarray]:
    """Separate a stream of samples block by block, with overlap and cross-fade.

    Args:
        separate: Function from samples (samples, channels) to stems (samples, channels, sources),
            for any number of samples.
        chunks: Pieces of the signal, (samples, channels), of any length.
        grid: Positions of the blocks.
        interchangeable_sources: Whether `separate` may return the sources in a different order for
            every block, as networks for speakers do. Those of each block are then put into the
            order of the block before, by correlation over the samples that both share. Default
            False.
        in_flight: Number of blocks that `separate` is called with at the same time, each in a
            thread of its own, if it waits for something else than this process. Default 1.

    Yields:
        The stems of the signal, in pieces that follow each other without gap or overlap.

    Example:

    >>> import numpy as np
    >>> signal = np.arange(22.0)[:, None]
    >>> halves = lambda samples: np.stack([samples / 2, samples / 2], axis=-1)
    >>> grid = BlockGrid(stride=4, context=3, fade=2)
    >>> stems = np.concatenate(list(separate_blocks(halves, [signal], grid)))
    >>> stems.shape, bool(np.allclose(stems.sum(-1), signal))
    ((22, 1, 2), True)
    """
    middle, half = grid.context, grid.fade // 2
    rise = (np.arange(2 * half, dtype=np.float32)[:, None, None] + 0.5) / max(2 * half, 1)
    before: np.ndarray | None = None  # the previous block's stems at the start of this one
    for stems, last in _separated(separate, _blocks(chunks, grid), in_flight):
        begin, end = 0, len(stems) if last else grid.stride + middle - half
        if before is not None:
            if interchangeable_sources and len(before):
                stems = stems[..., continue_order(before, stems[: len(before)])]
            begin = middle + half
            fade = slice(middle - half, begin)
            yield (1 - rise) * before[fade] + rise * stems[fade]
        # copies, so that keeping a piece does not keep the whole block in memory
        for start in range(begin, end, _PIECE_SAMPLES):
            yield stems[start : min(start + _PIECE_SAMPLES, end)].copy()
        before = stems[grid.stride :].copy()
        del stems


def _separated(
    separate: Callable[[np.ndarray], np.ndarray],
    blocks: Iterable[tuple[np.ndarray, bool]],
    in_flight: int,
) -> Iterator[tuple[np.ndarray, bool]]:
    """The stems of each block in its turn, each with whether it is the last."""
    if in_flight == 1:
        for block, last in blocks:
            yield separate(block), last
        return
    waiting: deque[tuple[Future[np.ndarray], bool]] = deque()
    pool = ThreadPoolExecutor(in_flight)
    try:
        for block, last in blocks:
            waiting.append((pool.submit(separate, block), last))
            if len(waiting) == in_flight:
                yield _result(*waiting.popleft())
        while waiting:
            yield _result(*waiting.popleft())
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _result(future: "Future[np.ndarray]", last: bool) -> tuple[np.ndarray, bool]:
    return future.result(), last


def _blocks(chunks: Iterable[np.ndarray], grid: BlockGrid) -> Iterator[tuple[np.ndarray, bool]]:
    """Cut a stream into overlapping blocks, each with whether it is the last."""
    pending: list[np.ndarray] = []
    waiting = 0
    for chunk in chunks:
        pending.append(chunk)
        waiting += len(chunk)
        while waiting > grid.block:  # one sample more, so that this is not the last block
            signal = np.concatenate(pending)
            yield signal[: grid.block], False
            pending = [signal[grid.stride :]]
            waiting -= grid.stride
    if waiting:
        yield np.concatenate(pending), True
