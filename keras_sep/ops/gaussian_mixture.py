"""Gaussian mixtures fitted in the graph."""

from typing import Any

from keras import ops

from keras_sep._floors import WEIGHT_FLOOR
from keras_sep._smallest import smallest
from keras_sep._weighted_means import divisor, weighted_means
from keras_sep.ops.kmeans import KMEANS_ITERATIONS, kmeans, weights_of
from keras_sep.ops.precision import in_float32


def gaussian_mixture(
    points: Any,
    clusters: int,
    weights: Any = None,
    iterations: int = KMEANS_ITERATIONS,
    spherical: bool = False,
    variance_floor: float = 1e-6,
) -> Any:
    """Expectation maximisation of a Gaussian mixture from the clusters of `kmeans`.

    The posteriors are soft masks. As in `kmeans`, every example is fitted separately, without
    randomness, and the fit is constant to differentiation: gradients reach the points through the
    posteriors' last evaluation only.

    Args:
        points: (batch, n, dims).
        clusters: number of Gaussians.
        weights: (batch, n), non-negative; points of weight 0 (silence) are not fitted. None for 1.
        iterations: number of iterations of expectation maximisation.
        spherical: whether a Gaussian has one variance instead of one per dimension.
        variance_floor: number added to the variances, as a fraction of the points' mean variance.

    Returns:
        (means, variances, shares, posteriors): (batch, clusters, dims) twice, (batch, clusters),
        which sum to one, and (batch, n, clusters), which sum to one. float32 at least.

    Example:

    >>> points = np.array([[[0.0], [1.0], [10.0], [11.0]]])
    >>> means, variances, shares, posteriors = keras_sep.ops.gaussian_mixture(points, clusters=2)
    >>> np.round(np.sort(keras.ops.convert_to_numpy(means).ravel()), 3).tolist()
    [0.5, 10.5]
    >>> np.round(keras.ops.convert_to_numpy(variances).ravel(), 3).tolist()
    [0.25, 0.25]
    >>> np.round(keras.ops.convert_to_numpy(shares).ravel(), 3).tolist()
    [0.5, 0.5]

    Reference: Bishop, "Pattern recognition and machine learning", 2006, section 9.2.2.
    """
    points = in_float32(points)
    weights = weights_of(points, weights)
    fixed = ops.stop_gradient(points)
    # mean 0 and mean variance 1, so that no square of a large number hides a small variance
    mean = weighted_means(fixed, weights[:, :, None])  # (batch, 1, dims)
    variance = weighted_means(ops.square(fixed - mean), weights[:, :, None])
    scale = ops.sqrt(ops.maximum(ops.mean(variance, axis=-1, keepdims=True), WEIGHT_FLOOR))
    points = (points - mean) / scale
    fixed = ops.stop_gradient(points)

    def maximised(posteriors):
        """Means, variances and log shares for posteriors (batch, clusters, n)."""
        member = posteriors * weights[:, None, :]
        total = ops.sum(member, axis=-1, keepdims=True)  # (batch, clusters, 1)
        means = ops.einsum("bkn,bnd->bkd", member, fixed) / divisor(total)
        # about each mean: a difference of mean squares would lose the digits of narrow clusters
        scatter = [
            ops.einsum("bn,bnd->bd", member[:, k], ops.square(fixed - means[:, k, None]))
            for k in range(clusters)
        ]
        variances = ops.stack(scatter, axis=1) / divisor(total)
        if spherical:
            variances = ops.ones_like(means) * ops.mean(variances, axis=-1, keepdims=True)
        share = total / divisor(ops.sum(total, axis=1, keepdims=True))
        return means, variances + variance_floor, ops.log(ops.maximum(share, WEIGHT_FLOOR))

    def expected(points, model):
        """Posteriors (batch, clusters, n)."""
        means, variances, log_share = model
        exponent = [
            ops.einsum("bd,bnd->bn", 1 / variances[:, k], ops.square(points - means[:, k, None]))
            for k in range(clusters)
        ]
        volume = ops.sum(ops.log(variances), axis=-1, keepdims=True)
        chances = log_share - (ops.stack(exponent, axis=1) + volume) / 2
        # a softmax along a middle axis, without its transpositions
        chances = ops.exp(chances - ops.max(chances, axis=1, keepdims=True))
        return chances / ops.sum(chances, axis=1, keepdims=True)

    _, distances = kmeans(fixed, clusters, weights)
    nearest = ops.one_hot(smallest(distances, axis=-1), clusters, axis=1, dtype=fixed.dtype)
    model = ops.fori_loop(
        0,
        iterations,
        lambda _, now: maximised(expected(fixed, now)),
        maximised(nearest),
    )
    model = tuple(ops.stop_gradient(part) for part in model)
    posteriors = expected(points, model)
    means, variances, log_share = model
    return (
        means * scale + mean,
        variances * ops.square(scale),
        ops.exp(log_share)[:, :, 0],
        ops.transpose(posteriors, (0, 2, 1)),
    )
