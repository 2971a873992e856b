"""Which estimate belongs to which target, for the least total cost."""

import functools
import itertools
from typing import Any

import numpy as np
from keras import ops

MOST_SOURCES = 10  # 1024 subsets
ALL_PERMUTATIONS = 4  # sources: 24 permutations


def best_assignment(costs: Any) -> Any:
    """The one-to-one assignment of estimates to targets whose total cost is least.

    Exact: every permutation is tried up to 4 sources; above, dynamic programming over subsets of
    the estimates finds the same least total in sources * 2^(sources - 1) steps. Which of several
    equally good assignments it returns is undefined. The gradient flows through the chosen costs
    alone.

    Args:
        costs: (batch, sources, sources); `costs[:, i, j]` is the cost of assigning estimate j to
            target i. At most 10 sources.

    Returns:
        The least total cost (batch,), and the permutation (batch, sources), int32: estimate
        `permutation[b, i]` belongs to target i.

    Example:

    >>> costs = np.array([[[4.0, 1.0, 3.0], [2.0, 0.0, 5.0], [3.0, 2.0, 2.0]]])
    >>> total, permutation = keras_sep.ops.best_assignment(costs)
    >>> keras.ops.convert_to_numpy(total).tolist()
    [5.0]
    >>> keras.ops.convert_to_numpy(permutation).tolist()
    [[1, 0, 2]]

    Reference: the recursion over subsets is that of Held and Karp, "A dynamic programming approach
    to sequencing problems", 1962, for assignments instead of tours.
    """
    costs = ops.convert_to_tensor(costs)
    sources = costs.shape[-1]
    if len(costs.shape) != 3 or sources is None or costs.shape[1] != sources:
        raise ValueError(
            f"`costs` must be (batch, sources, sources). Received: shape {tuple(costs.shape)}"
        )
    if sources > MOST_SOURCES:
        raise ValueError(
            f"At most {MOST_SOURCES} sources can be assigned. Received: sources={sources}"
        )
    search = _by_permutations if sources <= ALL_PERMUTATIONS else _by_subsets
    permutation = search(ops.stop_gradient(costs), sources)
    chosen = ops.take_along_axis(costs, permutation[..., None], axis=2)
    return ops.sum(chosen, axis=(1, 2)), permutation


def _by_permutations(costs, sources: int):
    orders = np.array(list(itertools.permutations(range(sources))), "int32")
    totals = sum(ops.take(costs[:, i], orders[:, i], axis=1) for i in range(sources))
    best = ops.argmin(totals, axis=1)  # (batch, permutations) -> (batch,)
    return ops.take(orders, best, axis=0)


def _by_subsets(costs, sources: int):
    tables = _subset_tables(sources)
    least = ops.zeros_like(costs[:, 0, :1])  # nobody assigned: (batch, one subset)
    choices = []
    for target, (last, before) in enumerate(tables):
        totals = ops.take(least, before, axis=1) + ops.take(costs[:, target], last, axis=1)
        least = ops.min(totals, axis=-1)  # (batch, subsets, target + 1) -> (batch, subsets)
        choices.append(ops.cast(ops.argmin(totals, axis=-1), "int32"))
    subset = ops.zeros_like(choices[-1])  # (batch, 1): all estimates
    permutation: list = []
    for (last, before), choice in zip(tables[::-1], choices[::-1], strict=True):
        where = subset * last.shape[1] + ops.take_along_axis(choice, subset, axis=1)
        permutation.insert(0, ops.take(last.ravel(), where, axis=0))
        subset = ops.take(before.ravel(), where, axis=0)
    return ops.concatenate(permutation, axis=1)


@functools.cache
def _subset_tables(sources: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """For the first 1, 2, ... targets: which estimate each subset of as many may give the last of
    them, and which subset, among those one smaller, is left for the others."""
    tables: list[tuple[np.ndarray, np.ndarray]] = []
    smaller: dict[tuple[int, ...], int] = {(): 0}
    for size in range(1, sources + 1):
        subsets = list(itertools.combinations(range(sources), size))
        without = [[s[:m] + s[m + 1 :] for m in range(size)] for s in subsets]
        before = [[smaller[rest] for rest in row] for row in without]
        tables.append((np.array(subsets, "int32"), np.array(before, "int32")))
        smaller = {subset: index for index, subset in enumerate(subsets)}
    return tables
