"""A tiny album and a recipe small enough to train in a second."""

import dataclasses

import pytest

from keras_sep import data, training
from keras_sep.training import Recipe

# one causal layer: what takes time in these tests is tracing, not training
SMALL = {"hidden": 6, "layers": 1, "bidirectional": False}


@pytest.fixture(scope="session")
def album(tmp_path_factory):
    root = tmp_path_factory.mktemp("album")
    return data.synthetic_band(root, train=2, valid=1, test=0, seconds=2.0, sample_rate_hz=4000)


@pytest.fixture(scope="session")
def recipe():
    return Recipe.from_mapping(
        {
            "model": {"name": "open_unmix", "arguments": SMALL},
            "sources": ["drums", "bass", "other", "vocals"],
            "targets": ["vocals"],
            "sample_rate_hz": 4000,
            "stft": {"frame_length": 128, "hop_length": 32},
            "data": {"excerpt_seconds": 0.4, "excerpts_per_track": 6},
            "fit": {"batch_size": 4, "epochs": 5, "patience": 30, "plateau_patience": 2,
                    "plateau_factor": 0.5, "clip_norm": 1.0, "learning_rate": 0.01, "page": False},
            "seed": 11,
        }
    )  # fmt: skip


@pytest.fixture(scope="session")
def first_network(recipe):
    """What loads with the first network, some 100 MB, does so before others count memory."""
    training.build_network(recipe)


@pytest.fixture(scope="session")
def single(album, recipe, tmp_path_factory):
    """Four epochs in float32, of spectrograms from the pipeline."""
    out = tmp_path_factory.mktemp("single")
    fit = dataclasses.replace(recipe.fit, epochs=4, tensorboard=False)
    training.train(dataclasses.replace(recipe, fit=fit), album, out, verbose=0)
    return out
