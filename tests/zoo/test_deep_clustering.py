"""Deep clustering: embeddings of length one, k-means inside the separator."""

import keras
import numpy as np
from two_bands import BINS, examples, improvement_db, separator

from keras_sep import layers, losses, ops, zoo

FRAMES, CHANNELS, DIMS = 7, 3, 5


def test_embeddings_have_length_one_and_are_shared_by_channels():
    network = zoo.deep_clustering(BINS, CHANNELS, DIMS, units=5, layers=1)
    x = np.random.default_rng(0).random((2, FRAMES, BINS, CHANNELS), "float32")
    embeddings = keras.ops.convert_to_numpy(network(x))
    assert embeddings.shape == (2, FRAMES, BINS, DIMS)
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=-1), 1, rtol=1e-5)  # float32


def test_learns_to_separate_by_clusters():
    x, stems, mixture = examples()
    network = zoo.deep_clustering(
        bins=BINS, dims=DIMS, units=8, layers=1, dropout=0.0, bidirectional=False
    )
    network.compile(keras.optimizers.Adam(0.02), loss=losses.DeepClusteringLoss())
    network.optimizer.build(network.trainable_variables)  # or `fit` traces twice
    target = keras.ops.convert_to_numpy(ops.clustering_target(stems, mixture))
    network.fit(x, target, epochs=30, verbose=0)
    model = separator(network, post_filter=layers.ClusterMasks(sources=2))
    assert improvement_db(model) > 10


def test_separator_with_k_means_survives_a_file(tmp_path):
    network = zoo.deep_clustering(bins=BINS, dims=DIMS, units=5, layers=1, cell="gru")
    model = separator(network, post_filter=layers.ClusterMasks(sources=2))
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    mixture = np.random.default_rng(1).normal(size=(2, 333, 1)).astype("float32")
    wanted = keras.ops.convert_to_numpy(model(mixture))
    # the same cluster comes first: k-means starts without chance
    np.testing.assert_allclose(again(mixture), wanted, atol=1e-6)
    np.testing.assert_allclose(wanted.sum(-1), mixture, atol=1e-5)
