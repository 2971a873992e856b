"""Every public loss through the same checks; none can dodge them."""

import functools
import json

import keras
import numpy as np
import pytest
from cases import LOSSES
from harness import gradient, numpy, run_fresh, selected, through_json, value_and_gradient

import keras_sep

every_loss = pytest.mark.parametrize("name", sorted(LOSSES))


def network_with(case, **compiled):
    """A dense layer in front of a loss."""
    x = keras.Input(case.y_pred)
    network = keras.Model(x, keras.layers.Dense(case.y_pred[-1])(x))
    network.compile(**compiled)
    if "optimizer" in compiled:
        network.optimizer.build(network.trainable_variables)  # or `fit` traces twice
    return network


def test_every_public_name_has_a_case():
    assert sorted(keras_sep.losses.__all__) == sorted(LOSSES), "add it to a file in tests/cases/"


@pytest.fixture(scope="module")
def fresh_process(tmp_path_factory, request):
    """Models compiled with the losses of the tests that run now, and what a fresh process loads."""
    keras.utils.set_random_seed(7)
    networks = {}
    for name in selected(request, "test_loss_of_a_saved_model_in_a_fresh_process"):
        loss = LOSSES[name].make(reduction="sum", dtype="float64")
        network = network_with(LOSSES[name], optimizer="sgd", loss=loss)
        networks[name] = (network, [LOSSES[name].data()[1]])
    return networks, run_fresh(networks, tmp_path_factory.mktemp("saved"))


@every_loss
def test_loss_of_a_saved_model_in_a_fresh_process(name, fresh_process):
    networks, answers = fresh_process
    config = json.loads(str(answers[f"{name}:loss"]))
    assert config == networks[name][0].loss.get_config()
    assert config["dtype"] == "float64"
    assert config["reduction"] == "sum"


@every_loss
def test_loss_config_round_trip(name):
    loss = LOSSES[name].make(reduction="sum", dtype=keras.DTypePolicy("float64"))
    again = keras.saving.deserialize_keras_object(through_json(loss))
    assert type(again) is type(loss)
    assert again.dtype == "float64"
    assert again.get_config() == loss.get_config()


@every_loss
@pytest.mark.parametrize("short", [np.s_[:1], np.s_[:, :1], np.s_[:, :-1], np.s_[..., None]])
def test_loss_refuses_a_target_of_another_shape(name, short):
    """It would be repeated along what is predicted."""
    y_true, y_pred = LOSSES[name].data()
    loss = LOSSES[name].make()
    asked = [loss] + ([loss.assignment] if hasattr(loss, "assignment") else [])
    for ask in asked:
        with pytest.raises(ValueError, match=rf"{name} wants `y_true` and `y_pred` of one shape"):
            ask(y_true[short], y_pred)


@pytest.mark.fault
@every_loss
def test_loss_of_few_axes_is_refused_in_words_or_a_number(name):
    for rank in range(5):
        tensor = np.full((2, 3, 3, 3)[:rank], 0.5, "float32")
        loss = LOSSES[name].make()
        if rank < loss.least_axes:
            with pytest.raises(ValueError, match=rf"^{name} wants .* of at least \d axes"):
                loss(tensor, 0.9 * tensor)
        else:
            assert np.isfinite(float(loss(tensor, 0.9 * tensor)))


@every_loss
def test_loss_has_one_value_an_example_and_takes_weights(name):
    case = LOSSES[name]
    y_true, y_pred = case.data()
    loss = case.make()
    each = numpy(loss.call(keras.ops.array(y_true), keras.ops.array(y_pred)))
    assert each.shape == (2,)
    assert each[0] != pytest.approx(each[1], rel=1e-4)
    weighted = loss(y_true, y_pred, sample_weight=np.array([3.0, 0.5]))
    assert float(weighted) == pytest.approx((3 * each[0] + 0.5 * each[1]) / 2, rel=1e-5)


@every_loss
def test_loss_of_an_example_is_its_own(name):
    case = LOSSES[name]
    y_true, y_pred = (keras.ops.array(x) for x in case.data())
    loss = case.make()
    alone = numpy(loss.call(y_true[1:], y_pred[1:]))
    np.testing.assert_allclose(alone, numpy(loss.call(y_true, y_pred))[1:], rtol=1e-5)


@every_loss
def test_loss_of_half_precision_is_computed_in_float32(name):
    case = LOSSES[name]
    # squares of these overflow float16
    y_true, y_pred = (500 * x.astype("float16") for x in case.data())
    value = case.make()(y_true, y_pred)
    assert keras.backend.standardize_dtype(value.dtype) == "float32"
    expected = case.make()(y_true.astype("float32"), y_pred.astype("float32"))
    assert float(value) == pytest.approx(float(expected), rel=1e-6)


@pytest.mark.fault
@every_loss
def test_a_loss_asked_for_in_half_precision_is_finite(name):
    case = LOSSES[name]
    loss = case.make(dtype="float16")
    assert loss.get_config()["dtype"] == "float16"
    assert case.make(dtype="bfloat16").dtype == "float32"
    y_true, y_pred = (x.astype("float16") for x in case.data())
    same = y_true if y_true.shape == y_pred.shape else y_pred
    for target, estimate in (
        (y_true, y_pred),
        (0 * y_true, y_pred),
        (y_true, 0 * y_pred),
        (y_true, same),
    ):
        value, slope = gradient(functools.partial(loss, target), estimate)
        assert np.isfinite(value)
        assert np.isfinite(slope).all()


@pytest.mark.fault
@every_loss
def test_a_silent_target_does_not_outweigh_its_batch(name):
    y_true, y_pred = LOSSES[name].data(batch=4)
    y_true[0] = 0
    each = np.abs(numpy(LOSSES[name].make(reduction=None)(y_true, y_pred)))
    assert each[0] < 20 * each[1:].mean()


@pytest.mark.fault
@every_loss
def test_a_variable_as_target_and_prediction(name):
    y_true, y_pred = LOSSES[name].data()
    variables = [keras.Variable(y_true), keras.Variable(y_pred)]
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        variables += [tf.Variable(y_true), tf.Variable(y_pred)]
    loss = LOSSES[name].make()
    wanted = numpy(loss(y_true, y_pred))
    for i in range(0, len(variables), 2):
        assert numpy(loss(*variables[i : i + 2])) == pytest.approx(wanted, rel=1e-6)
    if hasattr(loss, "assignment"):
        loss.assignment(*variables[-2:])


@pytest.mark.fault
@every_loss
def test_a_loss_of_nothing(name):
    y_true, y_pred = LOSSES[name].data()
    loss = LOSSES[name].make(reduction=None)
    if keras.backend.backend() == "tensorflow":  # PyTorch cannot reshape or transform nothing
        assert numpy(loss(y_true[:0], y_pred[:0])).shape == (0,)
    with pytest.raises(ValueError, match=rf"{name} wants at least one value in every example.*0"):
        loss(y_true[:, :0], y_pred[:, :0])


@every_loss
def test_loss_trains_with_unknown_length(name):
    case = LOSSES[name]
    network = network_with(case, optimizer=keras.optimizers.Adam(0.05), loss=case.make())
    y_true, mixture = case.data()
    weights = np.array([1.0, 0.5])
    history = network.fit(mixture, y_true, sample_weight=weights, epochs=8, verbose=0)
    assert history.history["loss"][-1] < history.history["loss"][0]


@every_loss
def test_padding_changes_no_loss(name):
    case = LOSSES[name]
    loss = case.make()
    longer = case.length + 40
    y_true, y_pred = case.data(length=longer)
    y_true[0, case.length :] = 77
    y_pred[0, case.length :] = -1e3
    lengths = np.array([case.length, longer])
    masked = keras_sep.layers.LengthMask()([keras.ops.array(y_pred), keras.ops.array(lengths)])
    each = numpy(case.make(reduction=None)(y_true, masked))
    for i, length in enumerate(lengths):
        alone = loss(y_true[i : i + 1, :length], y_pred[i : i + 1, :length])
        assert each[i] == pytest.approx(float(alone), rel=1e-5, abs=1e-5)


@functools.cache
def compiled(name):
    """A loss's value and gradient, compiled once for all tests that ask for it."""
    return value_and_gradient(LOSSES[name].make())


LEVELS = {"as it is": 1.0, "silent": 0.0, "vanishing": 1e-12, "huge": 1e6}


@every_loss
@pytest.mark.parametrize("target", ["as it is", "silent", "constant", "huge"])
@pytest.mark.parametrize(
    "estimate", ["as it is", "silent", "constant", "vanishing", "huge", "same"]
)
def test_value_and_gradient_of_a_loss_are_finite(name, target, estimate):
    case = LOSSES[name]
    y_true, y_pred = case.data()
    y_true = LEVELS[target] * y_true if target in LEVELS else np.full_like(y_true, 0.3)
    if estimate == "same":
        if y_true.shape != y_pred.shape:
            y_true = np.broadcast_to(y_true[..., :1], y_true.shape)
            y_pred = np.broadcast_to(y_pred[..., :1], y_pred.shape)
        else:
            y_pred = y_true
    else:
        y_pred = LEVELS[estimate] * y_pred if estimate in LEVELS else np.full_like(y_pred, 0.3)
    value, slope = compiled(name)(y_true, y_pred)
    assert np.isfinite(value)
    assert np.isfinite(slope).all()


@every_loss
def test_gradient_of_a_loss_against_finite_differences(name):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("JAX has no float64 unless told at its start, Keras's mean on PyTorch has none")
    case = LOSSES[name]
    y_true, y_pred = (x.astype("float64") for x in case.data(length=23))
    loss = case.make(dtype="float64")
    direction = np.random.default_rng(1).normal(size=y_pred.shape)
    _, slope = value_and_gradient(loss)(y_true, y_pred)
    step = 1e-6
    above, below = (float(loss(y_true, y_pred + s * direction)) for s in (step, -step))
    # the differences themselves are only good to their curvature and cancellation
    expected = (above - below) / (2 * step)
    assert np.sum(slope * direction) == pytest.approx(expected, rel=case.relative)
