"""Assignments against SciPy's exact solver."""

import keras
import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from keras_sep import ops
from keras_sep.testing import numpy, value_and_gradient

BATCH = 13


def solved(costs):
    """SciPy's permutations, and their totals."""
    permutations = np.array([linear_sum_assignment(one)[1] for one in costs])
    return permutations, totals(costs, permutations)


def totals(costs, permutations):
    return np.take_along_axis(costs, permutations[:, :, None], axis=2).sum(axis=(1, 2))


@pytest.mark.parametrize("sources", range(1, 11))
def test_is_the_exact_assignment(sources):
    rng = np.random.default_rng(sources)
    costs = rng.normal(size=(BATCH, sources, sources)).astype("float32")
    wanted, least = solved(costs)
    total, permutation = map(numpy, ops.best_assignment(costs))
    np.testing.assert_array_equal(permutation, wanted)
    assert permutation.dtype == "int32"
    # a sum of at most ten numbers in float32
    np.testing.assert_allclose(total, least, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("sources", [2, 3, 4, 5, 7, 10])
@pytest.mark.parametrize("levels", [1, 2, 3])
def test_ties_are_settled_by_some_permutation_of_the_least_total(sources, levels):
    rng = np.random.default_rng(10 * sources + levels)
    costs = rng.integers(levels, size=(BATCH, sources, sources)).astype("float32")
    _, least = solved(costs)
    total, permutation = map(numpy, ops.best_assignment(costs))
    np.testing.assert_array_equal(np.sort(permutation), [range(sources)] * BATCH)
    np.testing.assert_array_equal(totals(costs, permutation), least)  # small integers: exact
    np.testing.assert_array_equal(total, least)


@pytest.mark.parametrize("sources", [3, 6])
def test_gradient_is_one_at_the_chosen_costs_and_zero_elsewhere(sources):
    costs = np.random.default_rng(0).normal(size=(2, sources, sources)).astype("float32")
    costs[0] = 0.5  # all permutations equally good: still one of them is chosen
    _, permutation = ops.best_assignment(costs)
    _, slope = value_and_gradient(lambda _, x: keras.ops.sum(ops.best_assignment(x)[0]))(
        costs, costs
    )
    np.testing.assert_array_equal(slope, np.eye(sources)[numpy(permutation)])


def test_too_many_sources():
    with pytest.raises(ValueError, match=r"At most 10 sources .* Received: sources=11"):
        ops.best_assignment(np.zeros((1, 11, 11)))


def test_not_a_square():
    with pytest.raises(ValueError, match=r"\(batch, sources, sources\)\. Received: shape \(2, 3"):
        ops.best_assignment(np.zeros((2, 3, 4)))
