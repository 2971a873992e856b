"""Losses of clustering against their papers' formulas in float64, and where those break down."""

import keras
import numpy as np
import pytest

from keras_sep import losses, ops
from keras_sep.testing import value_and_gradient

BATCH, FRAMES, BINS, DIMS, SOURCES = 2, 7, 11, 5, 3
N = FRAMES * BINS


def data(seed=0, weighted=True):
    """Targets and embeddings; a third of the bins weighs nothing."""
    rng = np.random.default_rng(seed)
    which = rng.integers(SOURCES, size=(BATCH, FRAMES, BINS))
    weights = np.maximum(rng.uniform(-0.5, 1, (BATCH, FRAMES, BINS)), 0)
    if not weighted:
        weights = (weights > 0).astype("float64")
    return np.eye(SOURCES)[which] * weights[..., None], rng.normal(size=(*which.shape, DIMS))


def values(loss, target, embeddings, **kwargs):
    return keras.ops.convert_to_numpy(loss(reduction=None, **kwargs)(target, embeddings))


def matrices(target, embeddings):
    """W, V and Y of each example."""
    for rows, v in zip(target, embeddings, strict=True):
        rows = rows.reshape(-1, rows.shape[-1])
        y = (rows > 0).astype("float64")
        yield np.diag(rows.sum(-1)), v.reshape(-1, v.shape[-1]), y


def affinity_loss(w, v, y):
    """Hershey et al. 2016, equation 1, with the weights of Wang et al. 2018."""
    root = np.sqrt(w)
    return np.square(root @ (v @ v.T - y @ y.T) @ root).sum()


def affinity_slope(w, v, y):
    return 4 * w @ (v @ v.T - y @ y.T) @ w @ v


def whitened_loss(w, v, y):
    """Wang et al. 2018, equation 6."""
    inverse = np.linalg.inv
    return v.shape[1] - np.trace(
        inverse(v.T @ w @ v) @ v.T @ w @ y @ inverse(y.T @ w @ y) @ y.T @ w @ v
    )


def nearly_perfect(seed=0, error=1e-4):
    """Orthonormal embeddings of the sources, and a little off."""
    target, noise = data(seed)
    rotation = np.linalg.qr(np.random.default_rng(seed).normal(size=(DIMS, DIMS)))[0]
    return target, (target > 0) @ rotation[:SOURCES] + error * noise


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("normalize", [False, True])
def test_deep_clustering_is_the_distance_of_affinities(normalize, weighted):
    target, embeddings = data(weighted=weighted)
    expected = [
        affinity_loss(w, v, y) / (w.sum() ** 2 if normalize else 1)
        for w, v, y in matrices(target, embeddings)
    ]
    results = values(losses.DeepClusteringLoss, target, embeddings, normalize=normalize)
    # float32 against float64
    np.testing.assert_allclose(results, expected, rtol=1e-5)
    if normalize and not weighted:
        assert (target.sum((1, 2, 3)) == (target.sum(-1) > 0).sum((1, 2))).all()


def test_a_small_deep_clustering_loss_keeps_its_digits_and_its_gradient():
    """Its three sums are each 1e7 times the loss."""
    target, embeddings = nearly_perfect()
    target, embeddings = (x.astype("float32") for x in (target, embeddings))
    loss = losses.DeepClusteringLoss(normalize=False, reduction="sum")
    value, slope = value_and_gradient(loss)(target, embeddings)
    exact = list(matrices(target.astype("float64"), embeddings.astype("float64")))
    # the means of the sources, near 1 in float32, are off by 1e-7, a thousandth of the error
    assert value == pytest.approx(sum(affinity_loss(*one) for one in exact), rel=2e-3)
    expected = np.stack([affinity_slope(*one) for one in exact]).reshape(slope.shape)
    np.testing.assert_allclose(slope, expected, rtol=0, atol=2e-3 * np.abs(expected).max())


def test_deep_clustering_of_a_whole_utterance_in_float32():
    """Here against the low-rank form in float64, as no machine holds the affinities."""
    rng = np.random.default_rng(3)
    rows = np.eye(2, dtype="float32")[rng.integers(2, size=(1, 400, 513))]
    embeddings = rng.normal(size=(1, 400, 513, 20)).astype("float32")
    embeddings /= np.linalg.norm(embeddings, axis=-1, keepdims=True)
    v, y = (x[0].reshape(400 * 513, -1).astype("float64") for x in (embeddings, rows))
    squares = [np.square(a.T @ b).sum() for a, b in ((v, v), (v, y), (y, y))]
    expected = (squares[0] - 2 * squares[1] + squares[2]) / (400 * 513) ** 2
    result = float(losses.DeepClusteringLoss()(rows, embeddings))
    # sums of 205 200 terms
    assert result == pytest.approx(expected, rel=1e-5)
    perfect = np.eye(20, dtype="float32")[rows.argmax(-1)]
    assert 0 <= float(losses.DeepClusteringLoss()(rows, perfect)) < 1e-12


@pytest.mark.parametrize("loss", [losses.DeepClusteringLoss, losses.WhitenedKMeansLoss])
def test_sources_without_bins_change_nothing(loss):
    target, embeddings = data()
    padded = np.concatenate([target, np.zeros_like(target[..., :2])], axis=-1)
    np.testing.assert_allclose(
        values(loss, padded, embeddings), values(loss, target, embeddings), rtol=1e-6
    )


@pytest.mark.parametrize("loss", [losses.DeepClusteringLoss, losses.WhitenedKMeansLoss])
def test_order_of_sources_and_bins_and_rotations_do_not_matter(loss):
    target, embeddings = data()
    expected = values(loss, target, embeddings)
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(DIMS, DIMS)))[0]
    for other in (
        (target[..., [2, 0, 1]], embeddings),
        (target[:, ::-1, ::-1], embeddings[:, ::-1, ::-1]),
        (target, embeddings @ rotation),
    ):
        np.testing.assert_allclose(values(loss, *other), expected, rtol=1e-5)


@pytest.mark.parametrize("loss", [losses.DeepClusteringLoss, losses.WhitenedKMeansLoss])
def test_bins_of_no_weight_do_not_count_and_the_unit_of_weight_does_not(loss):
    target, embeddings = data()
    expected = values(loss, target, embeddings)
    other = np.where(target.sum(-1, keepdims=True) > 0, embeddings, 100.0)
    np.testing.assert_allclose(values(loss, target, other), expected, rtol=1e-6)
    np.testing.assert_allclose(values(loss, 1e-9 * target, embeddings), expected, rtol=1e-5)


def test_deep_clustering_of_silence_is_zero():
    target, embeddings = data()
    loss = losses.DeepClusteringLoss()
    value, slope = value_and_gradient(loss)(
        *(x.astype("float32") for x in (0 * target, embeddings))
    )
    assert value == 0
    assert not slope.any()


@pytest.mark.parametrize("weighted", [False, True])
def test_whitened_kmeans_is_its_formula(weighted):
    target, embeddings = data(weighted=weighted)
    exact = list(matrices(target, embeddings))
    results = values(losses.WhitenedKMeansLoss, target, embeddings)
    for result, (w, v, y) in zip(results, exact, strict=True):
        power = v.T @ w @ v
        ridge = 1e-5 * np.trace(power) * np.trace(np.linalg.inv(power))
        # as far as the docstring says, and float32's rounding
        assert -1e-5 < result - whitened_loss(w, v, y) < ridge + 1e-5


def test_whitened_kmeans_does_not_change_under_invertible_matrices():
    target, embeddings = data()
    matrix = np.random.default_rng(1).normal(size=(DIMS, DIMS))
    condition = np.linalg.cond(matrix)
    expected = values(losses.WhitenedKMeansLoss, target, embeddings)
    # each keeps its ridge: 1e-5 of the trace, in the weakest direction times the condition squared
    np.testing.assert_allclose(
        values(losses.WhitenedKMeansLoss, target, embeddings @ matrix),
        expected,
        atol=1e-5 * DIMS * condition**2,
    )
    np.testing.assert_allclose(
        values(losses.WhitenedKMeansLoss, target, 1e-6 * embeddings), expected, rtol=1e-5
    )


def test_whitened_kmeans_ends_at_dims_less_sources():
    target, embeddings = nearly_perfect(error=0)
    # the ridge hides 1e-5 of three directions
    np.testing.assert_allclose(
        values(losses.WhitenedKMeansLoss, target, embeddings), DIMS - SOURCES, atol=1e-3
    )
    np.testing.assert_allclose(values(losses.WhitenedKMeansLoss, target, 0 * embeddings), DIMS)
    np.testing.assert_allclose(values(losses.WhitenedKMeansLoss, 0 * target, embeddings), DIMS)


def test_whitened_kmeans_of_many_embeddings_on_a_line_is_finite():
    """Their power is singular, and in float32 may even have negative eigenvalues."""
    rng = np.random.default_rng(4)
    line = rng.normal(size=(1, 200, 257, 1)) * rng.normal(size=20)
    rows = np.eye(2)[rng.integers(2, size=(1, 200, 257))]
    loss = losses.WhitenedKMeansLoss()
    value, slope = value_and_gradient(loss)(*(x.astype("float32") for x in (rows, line)))
    assert value == pytest.approx(20, abs=0.01)
    assert np.isfinite(slope).all()


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_deep_attractor_is_its_formula(activation):
    rng = np.random.default_rng(5)
    stems = rng.uniform(size=(BATCH, FRAMES, BINS, SOURCES)) ** 8
    mixture = stems.sum(-1)
    embeddings = rng.normal(size=(BATCH, FRAMES, BINS, DIMS))
    expected = []
    for s, x, v in zip(stems, mixture, embeddings, strict=True):
        loud = x > x.max() / 10
        assert 0 < loud.sum() < N
        points = [v[loud & (s.argmax(-1) == n)].mean(0) for n in range(SOURCES)]
        inner = v @ np.stack(points).T
        chances = np.exp(inner)
        masks = (
            chances / chances.sum(-1, keepdims=True)
            if activation == "softmax"
            else chances / (1 + chances)
        )
        expected.append(np.mean((s - x[..., None] * masks) ** 2))
    target = np.concatenate([stems, mixture[..., None]], axis=-1)
    results = values(
        losses.DeepAttractorLoss, target, embeddings, activation=activation, silence_db=20.0
    )
    np.testing.assert_allclose(results, expected, rtol=1e-5)


def test_deep_attractor_follows_the_order_of_the_sources():
    rng = np.random.default_rng(6)
    stems = rng.uniform(size=(BATCH, FRAMES, BINS, SOURCES)) ** 4
    embeddings = rng.normal(size=(BATCH, FRAMES, BINS, DIMS))
    mixture = stems.sum(-1, keepdims=True)
    one, other = (np.concatenate([x, mixture], axis=-1) for x in (stems, stems[..., [2, 0, 1]]))
    np.testing.assert_allclose(
        values(losses.DeepAttractorLoss, one, embeddings),
        values(losses.DeepAttractorLoss, other, embeddings),
        rtol=1e-6,
    )


def test_deep_attractor_checks_its_threshold():
    with pytest.raises(ValueError, match=r"`silence_db` must be a positive number.*: silence_db=0"):
        losses.DeepAttractorLoss(silence_db=0)(np.ones((1, 2, 3, 3)), np.ones((1, 2, 3, 5)))


def test_a_chimera_of_two_heads_trains_on_the_weighted_sum():
    rng = np.random.default_rng(7)
    stems = rng.uniform(size=(4, FRAMES, BINS, 1, SOURCES)).astype("float32") ** 4
    mixture = stems.sum(-1)
    still = np.zeros_like
    target = ops.clustering_target((stems, still(stems)), (mixture, still(mixture)))

    inputs = keras.Input((None, BINS, 1))
    x = keras.layers.Reshape((-1, BINS))(inputs)
    x = keras.layers.Dense(16, activation="tanh")(x)
    embedding = keras.layers.Reshape((-1, BINS, DIMS))(keras.layers.Dense(BINS * DIMS)(x))
    embedding = keras.layers.UnitNormalization(name="embedding")(embedding)
    masks = keras.layers.Dense(BINS * SOURCES, activation="sigmoid")(x)
    masks = keras.layers.Reshape((-1, BINS, 1, SOURCES))(masks)
    masked = keras.layers.Lambda(lambda xs: xs[0] * xs[1][..., None], name="mask")([masks, inputs])
    network = keras.Model(inputs, {"embedding": embedding, "mask": masked})
    alpha = 0.75
    network.compile(
        keras.optimizers.Adam(0.02),
        loss={
            "embedding": losses.DeepClusteringLoss(),
            "mask": losses.SpectrogramLoss(norm="l2"),
        },
        loss_weights={"embedding": alpha, "mask": 1 - alpha},
    )
    network.optimizer.build(network.trainable_variables)  # or `fit` traces twice
    history = network.fit(
        mixture, {"embedding": keras.ops.convert_to_numpy(target), "mask": stems},
        batch_size=4, epochs=12, verbose=0,
    ).history  # fmt: skip
    for total, one, other in zip(
        history["loss"], history["embedding_loss"], history["mask_loss"], strict=True
    ):
        assert total == pytest.approx(alpha * one + (1 - alpha) * other, rel=1e-5)
    for name in ("loss", "embedding_loss", "mask_loss"):
        assert history[name][-1] < history[name][0]
