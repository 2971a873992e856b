"""Statistics of a dataset in one pass."""

from collections.abc import Iterable
from typing import Any

import numpy as np


def mean_and_scale(batches: Iterable, axis: int = 2, floor: float = 1e-4) -> Any:
    """Mean and standard deviation along one axis, in one pass over a dataset.

    Batches are merged by Chan's update in float64, which stays accurate where the sum of
    squares would cancel. Dividing by the standard deviation of a nearly constant bin would amplify
    noise, so it is raised to `floor` times the largest, as in Open-Unmix.

    Args:
        batches: `tf.data.Dataset` or any other iterable of arrays such as magnitudes (batch,
            frames, bins, channels); of a tuple (x, y), x is used.
        axis: axis to keep; the statistics are over all others.
        floor: smallest standard deviation, relative to the largest.

    Returns:
        (mean, standard deviation), float32 arrays of the length of `axis`, as
        `LearnableNormalization(mean, scale)` takes them.

    Example:

    >>> batches = [np.array([[[1.0, 10.0], [3.0, 10.0]]]), np.array([[[5.0, 40.0]]])]
    >>> mean, scale = keras_sep.ops.mean_and_scale(batches)
    >>> mean.tolist(), np.round(scale, 3).astype(str).tolist()
    ([3.0, 20.0], ['1.633', '14.142'])

    Reference: Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for
    computing sample variances", 1979, equation 2.1.
    """
    count = 0
    mean = squares = np.zeros(())
    for batch in batches:
        x = np.asarray(batch[0] if isinstance(batch, (tuple, list)) else batch, np.float64)
        x = np.moveaxis(x, axis, -1)
        x = x.reshape(-1, x.shape[-1])
        if not len(x):
            continue
        batch_mean = x.mean(axis=0)
        difference = batch_mean - mean
        total = count + len(x)
        squares = squares + np.square(x - batch_mean).sum(axis=0)
        squares = squares + np.square(difference) * (count * len(x) / total)
        mean = mean + difference * (len(x) / total)
        count = total
    if not count:
        raise ValueError("`batches` must contain at least one value. Received: an empty dataset")
    deviation = np.sqrt(squares / count)
    if not deviation.any():
        raise ValueError(
            "`batches` must vary, or nothing can be divided by their standard deviation. "
            f"Received: {count} values of {mean.size} frequencies without any, as of silence"
        )
    deviation = np.maximum(deviation, floor * deviation.max())
    return mean.astype(np.float32), deviation.astype(np.float32)
