"""L1 and L2 distances against numpy, as they are and of transformed magnitudes."""

import keras
import numpy as np
import pytest

from keras_sep import layers, losses
from keras_sep.testing import numpy, value_and_gradient

SHAPE = (2, 3, 5, 7, 1)
NORMS = [("l1", np.abs), ("l2", np.square)]


@keras.saving.register_keras_serializable(package="test_spectrogram_loss")
def log_of_one_more(x):
    return keras.ops.log1p(x)


def forgotten(x):
    return x


# a transform, and what it computes
TRANSFORMS = [
    pytest.param(
        lambda: layers.AmplitudeToDecibel(floor_db=-20.0),
        lambda x: np.maximum(20 * np.log10(x), -20),
        id="decibels",
    ),
    pytest.param(lambda: layers.PowerCompression(0.3), lambda x: x**0.3, id="power"),
    pytest.param(lambda: log_of_one_more, np.log1p, id="function"),
]


def magnitudes():
    return np.random.default_rng(0).uniform(0.01, 3.0, size=(2, *SHAPE))


@pytest.mark.parametrize("loss", [losses.SpectrogramLoss, losses.WaveformLoss])
@pytest.mark.parametrize(("norm", "distance"), NORMS)
def test_is_the_mean_distance(loss, norm, distance):
    rng = np.random.default_rng(0)
    y_true, y_pred = rng.normal(size=(2, *SHAPE))
    expected = distance(y_true - y_pred).mean(axis=(1, 2, 3, 4))
    each = numpy(loss(norm=norm, reduction=None)(y_true, y_pred))
    np.testing.assert_allclose(each, expected, rtol=1e-6)
    assert float(loss(norm=norm)(y_true, y_pred)) == pytest.approx(expected.mean(), rel=1e-6)


@pytest.mark.parametrize("loss", [losses.SpectrogramLoss, losses.WaveformLoss])
def test_unknown_norm(loss):
    with pytest.raises(ValueError, match=r"`norm` must be .l1. or .l2.\. Received: norm='L2'"):
        loss(norm="L2")


@pytest.mark.parametrize(("norm", "distance"), NORMS)
@pytest.mark.parametrize(("transform", "formula"), TRANSFORMS)
def test_is_the_distance_of_what_is_transformed(norm, distance, transform, formula):
    y_true, y_pred = magnitudes()
    expected = distance(formula(y_true) - formula(y_pred)).mean(axis=(1, 2, 3, 4))
    each = numpy(losses.SpectrogramLoss(norm, transform(), reduction=None)(y_true, y_pred))
    np.testing.assert_allclose(each, expected, rtol=1e-5)


@pytest.mark.parametrize(("transform", "formula"), TRANSFORMS)
def test_comes_back_with_a_compiled_model(transform, formula, tmp_path):
    del formula
    x = keras.Input((None, *SHAPE[2:]))
    model = keras.Model(x, keras.layers.ReLU()(x))
    model.compile("sgd", loss=losses.SpectrogramLoss("l2", transform()))
    y_true, y_pred = magnitudes()
    value = model.evaluate(y_pred, y_true, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.evaluate(y_pred, y_true, verbose=0) == pytest.approx(value)
    assert value != pytest.approx(np.square(y_true - y_pred).mean(), rel=1e-2)
    assert again.loss.get_config() == model.loss.get_config()


@pytest.mark.parametrize("make", [p.values[0] for p in TRANSFORMS[:2]])
def test_a_layer_works_in_the_losses_dtype_and_is_left_alone(make):
    """A global policy of half precision, under which the layer was made, is none for the loss."""
    layer, wanted = make(), losses.SpectrogramLoss("l1", make())
    layer.dtype_policy = keras.DTypePolicy("mixed_float16")
    loss = losses.SpectrogramLoss("l1", layer)
    y_true, y_pred = magnitudes()
    assert float(loss(y_true, y_pred)) == float(wanted(y_true, y_pred))
    assert loss.transform is layer
    assert layer.compute_dtype == "float16"


def test_silence_in_the_log_domain_has_a_finite_gradient():
    silence, loud = np.zeros(SHAPE, "float32"), np.ones(SHAPE, "float32")
    for transform in (layers.AmplitudeToDecibel(), layers.PowerCompression(0.3)):
        loss = losses.SpectrogramLoss("l2", transform)
        for y_true, y_pred in ((loud, silence), (silence, silence), (silence, loud)):
            value, slope = value_and_gradient(loss)(y_true, y_pred)
            assert np.isfinite(value)
            assert np.isfinite(slope).all()


def test_padding_changes_nothing_in_the_log_domain():
    y_true, y_pred = (x.astype("float32") for x in magnitudes())
    loss = losses.SpectrogramLoss("l1", layers.AmplitudeToDecibel(), reduction=None)
    masked = layers.LengthMask()([y_pred, np.array([2, 3])])
    each = numpy(loss(y_true, masked))
    assert each[0] == pytest.approx(float(loss(y_true[:1, :2], y_pred[:1, :2])[0]), rel=1e-5)
    assert each[1] == pytest.approx(float(loss(y_true, y_pred)[1]), rel=1e-5)


@pytest.mark.parametrize(
    "transform", [lambda x: x, forgotten, keras.ops.log1p, "log1p", layers.PowerCompression]
)
def test_a_transform_that_cannot_be_saved(transform):
    with pytest.raises(ValueError, match=r"`transform` must be None, a Keras layer, or a function"):
        losses.SpectrogramLoss(transform=transform)


def test_transform_across_time_leaves_padding_out():
    rng = np.random.default_rng(3)
    y_true, y_pred = rng.random((2, 2, 11, 5, 1, 2)).astype("float32")
    mask = np.arange(11)[None, :] < np.array([[7], [11]])
    loss = losses.SpectrogramLoss(transform=layers.LevelNormalization())
    each = loss.call(y_true, y_pred, mask=mask)
    alone = loss.call(y_true[:1, :7], y_pred[:1, :7])
    # sums over more terms, some of them zero
    assert float(each[0]) == pytest.approx(float(alone[0]), rel=1e-5)
