"""Attractors from anchors against the paper's equations written out, and their laws."""

from itertools import combinations

import keras
import numpy as np
import pytest
from scipy.special import softmax

from keras_sep import layers, ops

BATCH, FRAMES, BINS, DIMS, ANCHORS = 3, 5, 7, 4, 5


def data(seed=0):
    rng = np.random.default_rng(seed)
    embeddings = rng.normal(size=(BATCH, FRAMES, BINS, DIMS))
    return embeddings, rng.normal(size=(ANCHORS, DIMS)), rng.random((BATCH, FRAMES, BINS))


def written_out(embeddings, anchors, sources, weights):
    """Of every combination: assignments, attractors, largest similarity; then the least of it."""
    results = []
    flat = embeddings.reshape(BATCH, -1, DIMS), weights.reshape(BATCH, -1)
    for points, weight in zip(*flat, strict=True):
        found = []
        for subset in combinations(anchors, sources):
            shares = softmax(points @ np.array(subset).T, axis=1) * weight[:, None]
            attractors = (shares.T @ points) / shares.sum(0)[:, None]
            similarity = attractors @ attractors.T
            worst = max(similarity[i, j] for i in range(sources) for j in range(i))
            found.append((worst, attractors))
        results.append(min(found, key=lambda pair: pair[0])[1])
    return np.array(results)


@pytest.mark.parametrize("sources", [2, 3, 5])
@pytest.mark.parametrize("weighted", [False, True])
def test_is_the_combination_of_the_paper(sources, weighted):
    embeddings, anchors, weights = data()
    wanted = written_out(
        embeddings, anchors, sources, weights if weighted else np.ones_like(weights)
    )
    found = ops.anchored_attractors(
        embeddings.astype("float32"), anchors, sources, weights if weighted else None
    )
    # float32 means of 35 vectors
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def test_examples_choose_for_themselves():
    embeddings, anchors, _ = data()
    together = keras.ops.convert_to_numpy(ops.anchored_attractors(embeddings, anchors, 2))
    for one, wanted in zip(embeddings, together, strict=True):
        np.testing.assert_allclose(ops.anchored_attractors(one[None], anchors, 2)[0], wanted)


def test_without_sound_the_attractors_are_zero():
    embeddings, anchors, weights = data()
    found = ops.anchored_attractors(embeddings, anchors, 2, 0 * weights)
    assert np.all(np.equal(found, 0))


def test_large_embeddings_do_not_overflow():
    embeddings, anchors, _ = data()
    found = keras.ops.convert_to_numpy(
        ops.anchored_attractors((1e6 * embeddings).astype("float32"), anchors, 2)
    )
    assert np.isfinite(found).all()


@pytest.mark.parametrize("sources", [1, 6])
def test_sources_must_fit_the_anchors(sources):
    embeddings, anchors, _ = data()
    with pytest.raises(ValueError) as error:
        ops.anchored_attractors(embeddings, anchors, sources)
    assert (
        "`sources` must be from 2 to the number of anchors. "
        f"Received: sources={sources}, anchors of shape (5, 4)" in str(error.value)
    )


def test_layer_leaves_silent_bins_out_and_masks_every_bin():
    embeddings, anchors, _ = data()
    embeddings = embeddings.astype("float32")
    mixture = np.random.default_rng(1).uniform(0.5, 1, (BATCH, FRAMES, BINS, 2)).astype("float32")
    mixture[:, 2] *= 1e-3  # 54 dB or more below the loudest
    layer = layers.AnchoredAttractorMasks(sources=3, anchors=ANCHORS)
    layer.build(embeddings.shape, mixture.shape)
    layer.set_weights([anchors])
    heard = np.ones((BATCH, FRAMES, BINS))
    heard[:, 2] = 0
    attractors = written_out(embeddings.astype("float64"), anchors, 3, heard)
    wanted = softmax(np.einsum("btfd,bsd->btfs", embeddings, attractors), axis=-1)
    # float32 through two softmaxes
    np.testing.assert_allclose(layer(embeddings, mixture)[:, :, :, 0], wanted, atol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"sources": 1}, "`sources` must be an integer of at least 2. Received: sources=1"),
        ({"sources": 2, "anchors": 2.0}, "`anchors` must be an integer of at least 2. Received"),
        (
            {"sources": 7},
            "`anchors` must be as many as the sources, or more. Received: sources=7, ",
        ),
    ],
)
def test_layer_errors(arguments, text):
    with pytest.raises(ValueError) as error:
        layers.AnchoredAttractorMasks(**arguments)
    assert text in str(error.value)


def test_flatten_bins_runs_over_bins_slowest_and_wants_to_know_how_many():
    x = np.random.default_rng(0).normal(size=(BATCH, FRAMES, BINS, 2)).astype("float32")
    flat = keras.ops.convert_to_numpy(layers.FlattenBins()(x))
    for n in range(2):
        np.testing.assert_array_equal(flat[:, :, n::2], x[..., n])
    again = layers.MaskReshape(sources=2)(flat)
    np.testing.assert_array_equal(again, x)
    with pytest.raises(ValueError) as error:
        layers.FlattenBins()(keras.Input((None, None, 2)))
    assert "The numbers of bins and channels must be known. Received: input_shape=(None" in str(
        error.value
    )
