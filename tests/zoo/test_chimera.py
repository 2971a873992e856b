"""Chimera: two heads on one trunk, trained by two losses."""

import keras
import numpy as np
from two_bands import BINS, examples, improvement_db, separator

from keras_sep import layers, losses, ops, zoo

FRAMES, CHANNELS, DIMS, SOURCES = 7, 2, 5, 3
SMALL = {"units": 5, "layers": 1, "dropout": 0.0}


def test_each_head_is_that_of_the_network_with_one():
    """With equal weights: of `deep_clustering`, and of `mask_inference`."""
    network = zoo.chimera(SOURCES, BINS, CHANNELS, DIMS, mask_activation="softmax", **SMALL)
    clustering = zoo.deep_clustering(BINS, CHANNELS, DIMS, **SMALL)
    masking = zoo.mask_inference(SOURCES, BINS, CHANNELS, activation="softmax", **SMALL)
    for single in (clustering, masking):
        for layer in single.layers:
            layer.set_weights(network.get_layer(layer.name).get_weights())
    x = np.random.default_rng(0).random((2, FRAMES, BINS, CHANNELS), "float32")
    outputs = network(x)
    assert set(outputs) == {"embeddings", "estimates"}
    np.testing.assert_allclose(outputs["embeddings"], clustering(x), atol=1e-6)
    np.testing.assert_allclose(outputs["estimates"], masking(x), atol=1e-6)
    np.testing.assert_allclose(np.sum(outputs["estimates"], axis=-1), x, rtol=1e-5)


def test_both_heads_learn_to_separate():
    """Chimera++: whitened k-means, and truncated phase-sensitive targets in whatever order."""
    x, stems, mixture = examples()
    network = zoo.chimera(bins=BINS, dims=DIMS, units=8, layers=1, dropout=0.0, bidirectional=False)
    network.compile(
        keras.optimizers.Adam(0.02),
        loss={
            "embeddings": losses.WhitenedKMeansLoss(),
            "estimates": losses.PermutationInvariantLoss(losses.SpectrogramLoss(norm="l1")),
        },
        loss_weights={"embeddings": 0.5, "estimates": 0.5},
    )
    network.optimizer.build(network.trainable_variables)  # or `fit` traces twice
    targets = {
        "embeddings": ops.clustering_target(stems, mixture, weighting=ops.magnitude_ratio),
        "estimates": ops.truncated_phase_sensitive_approximation(stems, mixture),
    }
    targets = {name: keras.ops.convert_to_numpy(target) for name, target in targets.items()}
    history = network.fit(x, targets, epochs=40, verbose=0).history
    for name in ("embeddings_loss", "estimates_loss"):
        assert history[name][-1] < history[name][0]
    heads = {
        name: keras.Model(network.input, network.output[name])
        for name in ("embeddings", "estimates")
    }
    assert improvement_db(separator(heads["estimates"])) > 10
    assert improvement_db(separator(heads["embeddings"], layers.ClusterMasks(sources=2))) > 10


def test_survives_a_file_with_the_names_of_its_outputs(tmp_path):
    network = zoo.chimera(SOURCES, BINS, CHANNELS, DIMS, **SMALL)
    x = np.random.default_rng(0).random((2, FRAMES, BINS, CHANNELS), "float32")
    network.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    before, after = network(x), again(x)
    assert set(after) == {"embeddings", "estimates"}
    for name in before:
        np.testing.assert_array_equal(before[name], after[name])
