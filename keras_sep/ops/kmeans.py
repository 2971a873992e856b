"""k-means in the graph: batched, weighted, with a fixed number of steps."""

from typing import Any

import keras
from keras import ops

from keras_sep._floors import WEIGHT_FLOOR
from keras_sep._smallest import smallest
from keras_sep._validate import require_positive_integers
from keras_sep._weighted_means import divisor, weighted_means
from keras_sep.ops.precision import in_float32

KMEANS_ITERATIONS = 20


def kmeans(
    points: Any,
    clusters: int,
    weights: Any = None,
    iterations: int = KMEANS_ITERATIONS,
    seed: Any = None,
    start: Any = None,
) -> Any:
    """Lloyd's k-means of every example separately.

    Without a seed it is deterministic: it starts from the point with the largest weight times
    squared distance from the mean, then repeatedly takes the point for which weight times squared
    distance to the nearest one taken is largest. With a seed it draws points with probabilities in
    proportion to these products, which is k-means++. A cluster that has lost all its points does
    not move.

    The centroids are constants to differentiation: gradients reach the points through the
    distances only. Beside a copy of the points it uses memory for a few arrays of n times
    `clusters` numbers.

    Args:
        points: (batch, n, dims).
        clusters: number of clusters.
        weights: (batch, n), non-negative; points of weight 0 (silence) are ignored. None for 1.
        iterations: number of times that points are assigned and centroids moved.
        seed: integer for the same start in every call; `keras.random.SeedGenerator` for another in
            each; None for the deterministic start. All examples use the same random numbers.
        start: centroids to start from instead, (batch, clusters, dims).

    Returns:
        (centroids, distances): (batch, clusters, dims), and the *squared* distance of each point
        to each centroid, (batch, n, clusters), whose argmin is the assignment. float32 at least.

    Example:

    >>> points = np.array([[[0.0], [1.0], [10.0], [11.0], [12.0]]])
    >>> centroids, distances = keras_sep.ops.kmeans(points, clusters=2)
    >>> sorted(keras.ops.convert_to_numpy(centroids).ravel().tolist())
    [0.5, 11.0]
    >>> assignment = keras.ops.convert_to_numpy(distances).argmin(axis=-1)
    >>> assignment.tolist() in ([[0, 0, 1, 1, 1]], [[1, 1, 0, 0, 0]])
    True

    Reference: Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding", 2007;
    Gonzalez, "Clustering to minimize the maximum intercluster distance", 1985, for the start
    without a seed.
    """
    require_positive_integers(clusters=clusters)
    points = in_float32(points)
    weights = weights_of(points, weights)
    heard = weights[:, :, None] > 0  # what weighs nothing need not be a number
    # about their mean, as squared distances far from the origin lose their digits
    mean = ops.stop_gradient(weighted_means(ops.where(heard, points, 0), weights[:, :, None]))
    points = points - mean
    fixed = ops.stop_gradient(ops.where(heard, points, 0))
    if start is None:
        centroids = _start(fixed, clusters, weights, seed)
    else:
        centroids = ops.cast(start, points.dtype) - mean
    centroids = ops.fori_loop(
        0, iterations, lambda _, now: _moved(fixed, weights, now), ops.stop_gradient(centroids)
    )
    return centroids + mean, ops.transpose(_squared_distances(points, centroids), (0, 2, 1))


def weights_of(points: Any, weights: Any) -> Any:
    """Constant weights (batch, n) in the points' dtype; 1 for None."""
    if weights is None:
        return ops.ones_like(points[:, :, 0])
    return ops.stop_gradient(ops.cast(weights, points.dtype))


def _moved(points, weights, centroids):
    """Centroids (batch, clusters, dims) after one assignment."""
    nearest = smallest(_relative_distances(points, centroids), axis=1)  # (batch, n)
    index = ops.arange(centroids.shape[1], dtype=nearest.dtype)
    member = ops.cast(nearest[:, None, :] == index[None, :, None], weights.dtype)
    member = member * weights[:, None, :]  # (batch, clusters, n)
    total = ops.sum(member, axis=-1, keepdims=True)
    means = ops.einsum("bkn,bnd->bkd", member, points) / divisor(total)
    return ops.where(total > 0, means, centroids)


def _relative_distances(points, centroids):
    """Squared distances less the points' squares, (batch, clusters, n)."""
    square = ops.sum(ops.square(centroids), axis=-1)[:, :, None]
    return square - 2 * ops.einsum("bkd,bnd->bkn", centroids, points)


def _squared_distances(points, centroids):
    square = ops.sum(ops.square(points), axis=-1)[:, None, :]
    return ops.maximum(square + _relative_distances(points, centroids), 0)


def _start(points, clusters, weights, seed):
    """`clusters` of the points, (batch, clusters, dims)."""
    if seed is None:
        chances = weights * ops.sum(ops.square(points), axis=-1)
        race = [1] * clusters
    else:
        chances = weights
        # of exponentially distributed times divided by chances the least is a draw by chance
        uniform = keras.random.uniform((clusters, 1, ops.shape(points)[1]), seed=seed)
        race = -ops.log(ops.maximum(ops.cast(uniform, points.dtype), WEIGHT_FLOOR))
    chosen = []
    for n in range(clusters):
        index = smallest(-chances / race[n], axis=1)[:, None, None]
        chosen.append(ops.take_along_axis(points, index, axis=1))  # (batch, 1, dims)
        near = weights * _squared_distances(points, chosen[-1])[:, 0]
        chances = ops.minimum(chances, near) if n else near
    return ops.concatenate(chosen, axis=1)
