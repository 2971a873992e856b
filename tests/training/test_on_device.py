"""Spectrograms made by the model: the same as the pipeline's, and so the same training."""

import dataclasses

import keras
import numpy as np
import pytest
from small_runs import log, with_data, with_fit

from keras_sep import data, layers, training


def test_the_three_places_train_alike(album, recipe, single, tmp_path):
    """The same excerpts, spectra equal to 1e-6: losses agree to 5e-4.

    Three epochs of Adam's steps, which do not shrink with the gradient, magnify the rounding.
    """
    recipe = with_fit(recipe, epochs=3, tensorboard=False)
    losses = [(row["loss"], row["val_loss"]) for row in log(single)[:3]]
    for place in ("cached", "model"):
        training.train(with_data(recipe, spectrograms=place), album, tmp_path / place, verbose=0)
        others = [(row["loss"], row["val_loss"]) for row in log(tmp_path / place)]
        np.testing.assert_allclose(others, losses, rtol=5e-4, err_msg=place)
    assert any((tmp_path / "cached" / "cache").iterdir())


def test_spectrograms_on_the_device_are_the_pipelines(recipe):
    """One step on stems equals one step of the network on their spectrograms, weights included."""
    recipe = dataclasses.replace(recipe, targets=("vocals", "bass"))
    stems = keras.random.normal((3, 1600, 2, 4), seed=3) * 0.1
    stft = layers.STFT(128, 32)
    magnitude = layers.Magnitude()
    middle = slice(2, -2)  # the frames beyond are there for half a frame of context
    x = magnitude(stft(keras.ops.sum(stems, axis=-1)))[:, middle]
    y = keras.ops.stack(
        [magnitude(stft(stems[..., place]))[:, middle] for place in (3, 1)], axis=-1
    )

    results = []
    for place, batch in (("pipeline", (x, y)), ("model", (stems, None))):
        keras.utils.set_random_seed(5)
        placed = with_data(recipe, spectrograms=place)
        network = training.build_network(placed)
        model = training.build_model(placed, network)
        model.compile(training.build_optimizer(placed), loss=training.build_loss(placed))
        model.optimizer.build(model.trainable_variables)  # or `fit` traces twice
        loss = model.train_on_batch(*batch)
        results.append((loss, network.get_weights()))
    (loss, weights), (loss_on_device, weights_on_device) = results
    np.testing.assert_allclose(loss_on_device, loss, rtol=1e-6)
    for one, other in zip(weights, weights_on_device, strict=True):
        # Adam's first step is the rate times the gradient's sign: where the gradient is zero but
        # for rounding (1e-7) the step may differ, by less than a tenth of the rate
        np.testing.assert_allclose(other, one, atol=0.1 * recipe.fit.learning_rate)


class Seen(keras.losses.Loss):
    """What a loss was asked to compare, batch by batch."""

    def __init__(self):
        super().__init__()
        self.pairs = []

    def call(self, y_true, y_pred):
        self.pairs.append([keras.ops.convert_to_numpy(part) for part in (y_pred, y_true)])
        return keras.ops.mean(y_pred)


@pytest.mark.parametrize(
    "settings",
    [
        (128, 32),
        (512, 32),  # a large part of the excerpt
        pytest.param((130, 44, "hamming", 256), marks=pytest.mark.fault),
        pytest.param((128, 96), marks=pytest.mark.fault),
    ],
)
def test_the_model_sees_the_spectrograms_of_the_pipeline(album, recipe, tmp_path, settings):
    """Excerpt for excerpt, those at a track's ends too, where the pipeline reflects."""
    stft = training.STFTSettings(*settings)
    recipe = dataclasses.replace(recipe, targets=("vocals", "bass"), stft=stft)
    on_device = with_data(recipe, spectrograms="model")
    mixture = keras.Input((None, recipe.stft.bins, 2))
    model = training.build_model(on_device, keras.Model(mixture, keras.layers.Identity()(mixture)))
    tracks = training.training_audio(recipe, album)
    for make, settings in (
        (training.training_dataset, {"epoch": 3}),
        (training.validation_dataset, {}),  # whole tracks, and so both ends
    ):
        seen = Seen()
        model.compile(loss=seen, run_eagerly=True)
        model.evaluate(make(on_device, tracks, tmp_path, **settings), verbose=0)
        expected = [[*batch] for batch in make(recipe, tracks, tmp_path, **settings)]
        assert len(seen.pairs) == len(expected) == 3
        for found, wanted in zip(seen.pairs, expected, strict=True):
            for one, other in zip(found, wanted, strict=True):
                # float32 sums of up to 512 terms, by two transforms
                np.testing.assert_allclose(one, other, rtol=0, atol=1e-6 * np.max(other))


def test_context_is_whole_hops(album, recipe):
    network = training.build_network(recipe)
    with pytest.raises(ValueError, match=r"multiple of the hop.*context=33, hop_length=32"):
        training.OnDeviceSpectrograms(network, layers.STFT(128, 32), (0,), None, context=33)
    tracks = training.training_audio(recipe, album)
    for wrong in ({"hop_length": 0}, {"context": -1}):
        with pytest.raises(ValueError, match="`hop_length` must be at least 1, and `context` at"):
            data.excerpts(tracks, recipe.sources, **wrong)
