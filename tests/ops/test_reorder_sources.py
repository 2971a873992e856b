"""Sources in another order."""

import numpy as np
import pytest

from keras_sep import ops
from keras_sep.testing import numpy

BATCH = 7


def permutations(sources):
    rng = np.random.default_rng(1)
    return np.array([rng.permutation(sources) for _ in range(BATCH)])


@pytest.mark.parametrize("middle", [(), (2,), (5, 2)])
def test_is_numpys_take_along_axis(middle):
    estimates = np.random.default_rng(0).normal(size=(BATCH, 11, *middle, 3)).astype("float32")
    order = permutations(3)
    where = order.reshape(BATCH, *[1] * (1 + len(middle)), 3)
    wanted = np.take_along_axis(estimates, where, axis=-1)
    np.testing.assert_array_equal(numpy(ops.reorder_sources(estimates, order)), wanted)
