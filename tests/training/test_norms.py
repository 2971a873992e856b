"""Norms of gradients and weights in the log."""

import keras
import numpy as np
import pytest
from small_runs import small_recipe, with_fit

from keras_sep import training
from keras_sep.training.norms import NormsLog

X = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
Y = np.random.default_rng(1).normal(size=(6, 2)).astype("float32")


@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
def test_norms_are_those_of_the_formula(precision):
    """Of a linear model's mean square error, in float64, before the gradients are clipped."""
    recipe = with_fit(small_recipe(), norms=True, clip_norm=1e-3, precision=precision)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, use_bias=False)])
    model.compile(training.build_optimizer(recipe), loss="mse")
    before, gradients, logged = [], [], []

    class Watch(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            weights = model.get_weights()[0].astype("float64")
            x, y = X[2 * batch : 2 * batch + 2], Y[2 * batch : 2 * batch + 2]
            gradients.append(np.linalg.norm(2 * x.T @ (x @ weights - y) / y.size))

        def on_epoch_end(self, epoch, logs=None):
            logged.append(dict(logs))
            before.append(np.linalg.norm(model.get_weights()[0].astype("float64")))

    model.fit(X, Y, 2, epochs=2, shuffle=False, verbose=0, callbacks=[NormsLog(), Watch()])
    for epoch, row in enumerate(logged):
        steps = gradients[3 * epoch : 3 * epoch + 3]
        # sums of float32
        assert row["gradient_norm"] == pytest.approx(np.mean(steps), rel=1e-5)
        assert row["weight_norm"] == pytest.approx(before[epoch], rel=1e-6)
    inner = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    assert isinstance(inner, training.AdamL2)


def test_several_devices_have_none():
    with pytest.raises(ValueError, match=r"`fit\.norms` must be false on several devices"):
        training.build_optimizer(small_recipe(norms=True), replicas=2)
