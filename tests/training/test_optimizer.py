"""What a recipe may say of the optimizer besides its rate: against the formulas in NumPy."""

import dataclasses
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from keras_sep import training
from keras_sep.inference import load_separator
from keras_sep.training import Recipe, build_optimizer
from keras_sep.training._clock import DecayingRate, WarmUp


def of(recipe, **fit):
    # a pass over the album is eight steps
    return dataclasses.replace(recipe, fit=dataclasses.replace(recipe.fit, batch_size=1, **fit))


class Watch(keras.callbacks.Callback):
    """The learning rate of every step, and all weights after it."""

    def __init__(self):
        super().__init__()
        self.rates, self.weights = [], []

    def on_train_batch_end(self, batch, logs=None):
        self.rates.append(float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)))
        self.weights.append([w.numpy() for w in self.model.trainable_weights])


def test_gradients_are_averaged_over_steps():
    made = build_optimizer(
        Recipe.from_mapping(
            {
                "model": "open_unmix",
                "sources": ["a", "b"],
                "targets": ["a"],
                "fit": {"optimizer": "SGD", "learning_rate": 0.5, "accumulation": 2},
            }
        )
    )
    weight = keras.Variable(np.ones(3, "float32"))
    made.build([weight])
    for gradient in ([1.0, 2.0, 3.0], [3.0, 2.0, 1.0]):
        made.apply([keras.ops.convert_to_tensor(gradient, "float32")])
    np.testing.assert_allclose(weight.numpy(), 1 - 0.5 * 2.0, atol=1e-6)


@pytest.mark.parametrize("final", [None, 1e-4])
def test_the_rate_rises(recipe, album, tmp_path, final):
    watch = Watch()
    small = of(recipe, epochs=1, warmup_steps=5, final_learning_rate=final, plateau_patience=None)
    training.train(small, album, tmp_path / "out", callbacks=[watch], verbose=0)
    steps = np.arange(12)
    expected = np.full(12, 0.01)
    if final is not None:
        expected = final + (0.01 - final) * (1 + np.cos(np.pi * steps / 12)) / 2
    expected[:5] *= (steps[:5] + 1) / 5
    np.testing.assert_allclose(watch.rates, expected, rtol=1e-5)


def test_the_rate_falls_after_every_epoch():
    """While it rises, too."""
    model = SimpleNamespace(optimizer=SimpleNamespace(iterations=0, learning_rate=None))
    falling = DecayingRate(0.01, 0.5)
    callbacks, rates = (falling, WarmUp(14, falling)), []
    for each in callbacks:
        each.set_model(model)
    for epoch in range(3):
        for each in callbacks:
            each.on_epoch_begin(epoch)
        for batch in range(8):
            for each in callbacks:
                each.on_train_batch_begin(batch)
            rates.append(model.optimizer.learning_rate)
            model.optimizer.iterations += 1
    steps = np.arange(24)
    expected = 0.01 * 0.5 ** (steps // 8) * np.minimum((steps + 1) / 14, 1)
    np.testing.assert_allclose(rates, expected)


def test_the_average_counts_changes_of_the_weights():
    """However many steps accumulate gradients for one."""
    momentum, rng = 0.9, np.random.default_rng(0)
    gradients, averages = rng.normal(size=(4, 3)), []
    for accumulation in (1, 2):
        fit = {"optimizer": "SGD", "ema_momentum": momentum, "accumulation": accumulation}
        made = build_optimizer(
            Recipe.from_mapping(
                {"model": "open_unmix", "sources": ["a", "b"], "targets": ["a"], "fit": fit}
            )
        )
        weight = keras.Variable(np.ones(3, "float32"))
        made.build([weight])
        for gradient in np.repeat(gradients, accumulation, axis=0):
            made.apply([keras.ops.convert_to_tensor(gradient, "float32")])
        if accumulation > 1:  # until the next change, the average moves towards the last
            made.apply([keras.ops.zeros(3)])
        averages.append(made._model_variables_moving_average[0].numpy())
    np.testing.assert_allclose(*averages, rtol=1e-6)


def test_the_average_of_the_weights_is_validated_and_kept(recipe, album, tmp_path):
    watch, momentum = Watch(), 0.9
    small = of(recipe, epochs=1, ema_momentum=momentum)
    first = [w.numpy() for w in training.build_network(small).trainable_weights]
    path = training.train(small, album, tmp_path / "out", callbacks=[watch], verbose=0)
    average = None
    for weights in watch.weights:
        average = (
            weights
            if average is None
            else [
                momentum * old + (1 - momentum) * new
                for old, new in zip(average, weights, strict=True)
            ]
        )
    assert len(first) == len(average)
    kept = load_separator(path).trainable_weights
    for weight, wanted, last in zip(kept, average, watch.weights[-1], strict=True):
        # float32, three swaps of which round
        np.testing.assert_allclose(weight.numpy(), wanted, atol=1e-5)
        assert weight.shape == (1,) or np.abs(weight.numpy() - last).max() > 1e-4


def test_a_resumed_average_goes_on(recipe, album, tmp_path):
    small = of(recipe, epochs=2, ema_momentum=0.9, warmup_steps=20)
    whole, parts = Watch(), Watch()
    training.train(small, album, tmp_path / "whole", callbacks=[whole], verbose=0)
    training.train(of(small, epochs=1), album, tmp_path / "parts", verbose=0)
    training.train(small, album, tmp_path / "parts", resume=True, callbacks=[parts], verbose=0)
    for one, other in zip(whole.weights[-1], parts.weights[-1], strict=True):
        np.testing.assert_array_equal(one, other)
    assert whole.rates[12:] == parts.rates
