"""Deep attractor network: attractors from stems, from k-means, and from learned anchors."""

import keras
import numpy as np
from two_bands import BINS, examples, improvement_db, separator

from keras_sep import layers, losses, ops, zoo

FRAMES, CHANNELS, DIMS, SOURCES, ANCHORS = 7, 2, 5, 3, 6
SMALL = {"units": 5, "layers": 1}


def mixture():
    return np.random.default_rng(0).random((2, FRAMES, BINS, CHANNELS), "float32")


def anchored():
    return zoo.deep_attractor(BINS, CHANNELS, DIMS, sources=SOURCES, anchors=ANCHORS, **SMALL)


def test_embeddings_have_any_length():
    network = zoo.deep_attractor(BINS, CHANNELS, DIMS, **SMALL)
    embeddings = keras.ops.convert_to_numpy(network(mixture()))
    assert embeddings.shape == (2, FRAMES, BINS, DIMS)
    lengths = np.linalg.norm(embeddings, axis=-1)
    assert lengths.max() > 1.5 * lengths.min()


def test_anchored_estimates_share_the_mixture_out():
    estimates = keras.ops.convert_to_numpy(anchored()(mixture()))
    assert estimates.shape == (2, FRAMES, BINS, CHANNELS, SOURCES)
    np.testing.assert_allclose(estimates.sum(-1), mixture(), rtol=1e-5)  # float32


def test_the_order_of_the_anchors_decides_the_order_of_the_sources_alone():
    network = anchored()
    before = keras.ops.convert_to_numpy(network(mixture()))
    anchors = network.get_layer("masks").anchor_weight
    anchors.assign(keras.ops.convert_to_numpy(anchors)[[3, 0, 5, 1, 4, 2]])
    after = keras.ops.convert_to_numpy(network(mixture()))
    for ours, theirs in zip(before, after, strict=True):
        for n in range(SOURCES):
            assert min(np.abs(ours[..., n] - theirs[..., m]).max() for m in range(SOURCES)) < 1e-5


def test_learns_with_the_stems_attractors_and_separates_with_those_of_k_means():
    x, stems, spectrum = examples()
    network = zoo.deep_attractor(
        bins=BINS, dims=DIMS, units=8, layers=1, dropout=0.0, bidirectional=False
    )
    network.compile(keras.optimizers.Adam(0.02), loss=losses.DeepAttractorLoss())
    network.optimizer.build(network.trainable_variables)  # or `fit` traces twice
    target = keras.ops.convert_to_numpy(ops.deep_attractor_target(stems, spectrum))
    network.fit(x, target, epochs=30, verbose=0)
    model = separator(network, post_filter=layers.AttractorMasks(sources=2))
    assert improvement_db(model) > 10


def test_learns_with_anchors_and_separates_with_them():
    x, stems, spectrum = examples()
    network = zoo.deep_attractor(
        bins=BINS,
        dims=DIMS,
        units=8,
        layers=1,
        dropout=0.0,
        bidirectional=False,
        sources=2,
        anchors=4,
    )
    network.compile(
        keras.optimizers.Adam(0.02),
        loss=losses.PermutationInvariantLoss(losses.SpectrogramLoss(norm="l2")),
    )
    network.optimizer.build(network.trainable_variables)  # or `fit` traces twice
    target = keras.ops.convert_to_numpy(ops.magnitude_spectrum_approximation(stems, spectrum))
    network.fit(x, target, epochs=30, verbose=0)
    model = separator(network)
    assert improvement_db(model) > 10
