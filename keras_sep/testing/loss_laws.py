"""The laws of losses."""

import functools
import json
from typing import Any

import keras
import numpy as np
import pytest

from keras_sep.layers import LengthMask
from keras_sep.testing._fresh_process import in_a_fresh_process
from keras_sep.testing._laws import Laws, each, made_again, only_if
from keras_sep.testing.case import LossCase
from keras_sep.testing.gradients import gradient, value_and_gradient
from keras_sep.testing.outputs import numpy

LEVELS = {"as it is": 1.0, "silent": 0.0, "vanishing": 1e-12, "huge": 1e6}


def near(value: Any, wanted: Any, about: str, rtol: float = 1e-5, atol: float = 1e-12) -> None:
    """Raise an AssertionError that says what the law is and what came."""
    np.testing.assert_allclose(numpy(value), numpy(wanted), rtol=rtol, atol=atol, err_msg=about)


class LossLaws(Laws):
    """Laws of losses, subclasses of `SeparationLoss`: subclass it and name the `cases`.

    Each test method is a law, and its docstring says what it requires.

    Example:

    >>> from keras_sep import losses, testing
    >>> class TestLosses(testing.LossLaws):
    ...     cases = {"SISDR": testing.LossCase(losses.SISDR)}
    >>> TestLosses().test_loss_of_an_example_is_its_own("SISDR")
    """

    cases: dict[str, LossCase]

    def saved(self, name: str) -> Any:
        """A network that is compiled with the loss, and its inputs."""
        case = self.cases[name]
        loss = case.make(reduction="sum", dtype="float64")
        return case.network(optimizer="sgd", loss=loss), [case.data()[1]]

    def test_loss_of_a_saved_model_in_a_fresh_process(self, name, request):
        """A process that imports the module of the loss loads a model compiled with it."""
        network, _, answers = in_a_fresh_process(request)
        config = json.loads(str(answers["loss"]))
        assert config == network.loss.get_config(), (
            f"{name}: another config came back. Received: {config}"
        )
        assert config["dtype"] == "float64"
        assert config["reduction"] == "sum"

    def test_loss_config_round_trip(self, name):
        """The config has every argument of `__init__`, and makes the same loss again."""
        loss = self.cases[name].make(reduction="sum", dtype=keras.DTypePolicy("float64"))
        again = made_again(name, loss)
        assert again.dtype == "float64", f"{name}: the config must keep the dtype"
        assert again.get_config() == loss.get_config(), f"{name}: another config came back"

    @each("short", [np.s_[:1], np.s_[:, :1], np.s_[:, :-1], np.s_[..., None]])
    def test_loss_refuses_a_target_of_another_shape(self, name, short):
        """A ValueError names the shapes: the target would be repeated along the prediction."""
        y_true, y_pred = self.cases[name].data()
        loss = self.cases[name].make()
        asked = [loss] + ([loss.assignment] if hasattr(loss, "assignment") else [])
        for ask in asked:
            wanted = rf"{type(loss).__name__} wants `y_true` and `y_pred` of one shape"
            with pytest.raises(ValueError, match=wanted):
                ask(y_true[short], y_pred)

    def test_loss_of_few_axes_is_refused_in_words_or_a_number(self, name):
        """Below `least_axes` axes a ValueError says so, and from there on the value is finite."""
        for rank in range(5):
            tensor = np.full((2, 3, 3, 3)[:rank], 0.5, "float32")
            loss = self.cases[name].make()
            if rank < loss.least_axes:
                wanted = rf"^{type(loss).__name__} wants .* of at least \d axes"
                with pytest.raises(ValueError, match=wanted):
                    loss(tensor, 0.9 * tensor)
            else:
                assert np.isfinite(float(loss(tensor, 0.9 * tensor))), f"{name}: of {rank} axes"

    def test_loss_has_one_value_an_example_and_takes_weights(self, name):
        """`call` returns (batch,), and `sample_weight` weighs the values."""
        case = self.cases[name]
        y_true, y_pred = case.data()
        loss = case.make()
        values = numpy(loss.call(keras.ops.array(y_true), keras.ops.array(y_pred)))
        about = f"{name}: `call` must return one value per example"
        assert values.shape == (2,), f"{about}. Received: shape {values.shape} of 2 examples"
        assert values[0] != pytest.approx(values[1], rel=1e-4), f"{about}, each its own"
        weighted = loss(y_true, y_pred, sample_weight=np.array([3.0, 0.5]))
        near(weighted, (3 * values[0] + 0.5 * values[1]) / 2, f"{name}: `sample_weight` must weigh")

    @only_if("separate")
    def test_loss_of_an_example_is_its_own(self, name):
        """The value of an example does not depend on the others of its batch."""
        case = self.cases[name]
        y_true, y_pred = (keras.ops.array(x) for x in case.data())
        loss = case.make()
        alone = loss.call(y_true[1:], y_pred[1:])
        about = f"{name}: an example must not depend on the others of its batch"
        near(alone, loss.call(y_true, y_pred)[1:], about)

    def test_loss_of_half_precision_is_computed_in_float32(self, name):
        """Targets and predictions in float16 have the float32 value of the same numbers."""
        case = self.cases[name]
        # squares of these overflow float16
        y_true, y_pred = (500 * x.astype("float16") for x in case.data())
        value = case.make()(y_true, y_pred)
        assert keras.backend.standardize_dtype(value.dtype) == "float32"
        expected = case.make()(y_true.astype("float32"), y_pred.astype("float32"))
        near(value, expected, f"{name}: float16 must be computed in float32", rtol=1e-6)

    def test_a_loss_asked_for_in_half_precision_is_finite(self, name):
        """With `dtype="float16"` values and gradients are finite, also of silence."""
        case = self.cases[name]
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
            require_finite(name, *gradient(functools.partial(loss, target), estimate))

    def test_a_silent_target_does_not_outweigh_its_batch(self, name):
        """A silent target has less than twenty times the mean value of the others."""
        y_true, y_pred = self.cases[name].data(batch=4)
        y_true[0] = 0
        values = np.abs(numpy(self.cases[name].make(reduction=None)(y_true, y_pred)))
        about = f"{name}: a silent target must not outweigh its batch. Received: {values}"
        assert values[0] < 20 * values[1:].mean(), about

    def test_a_variable_as_target_and_prediction(self, name):
        """Variables of Keras and TensorFlow have the value of the arrays they hold."""
        y_true, y_pred = self.cases[name].data()
        variables = [keras.Variable(y_true), keras.Variable(y_pred)]
        if keras.backend.backend() == "tensorflow":
            import tensorflow as tf

            variables += [tf.Variable(y_true), tf.Variable(y_pred)]
        loss = self.cases[name].make()
        wanted = loss(y_true, y_pred)
        for i in range(0, len(variables), 2):
            value = loss(*variables[i : i + 2])
            near(value, wanted, f"{name}: variables must count as tensors", rtol=1e-6)
        if hasattr(loss, "assignment"):
            loss.assignment(*variables[-2:])

    def test_a_loss_of_nothing(self, name):
        """No examples have no values, and examples of no length are refused."""
        y_true, y_pred = self.cases[name].data()
        loss = self.cases[name].make(reduction=None)
        if keras.backend.backend() == "tensorflow":  # PyTorch cannot reshape or transform nothing
            assert numpy(loss(y_true[:0], y_pred[:0])).shape == (0,)
        wanted = rf"{type(loss).__name__} wants at least one value in every example.*0"
        with pytest.raises(ValueError, match=wanted):
            loss(y_true[:, :0], y_pred[:, :0])

    def test_loss_trains_with_unknown_length(self, name):
        """Eight epochs of Adam lower it, in a network that does not know the length."""
        case = self.cases[name]
        network = case.network(optimizer=keras.optimizers.Adam(0.05), loss=case.make())
        y_true, mixture = case.data()
        weights = np.array([1.0, 0.5])
        history = network.fit(mixture, y_true, sample_weight=weights, epochs=8, verbose=0)
        losses = history.history["loss"]
        assert losses[-1] < losses[0], f"{name}: training must lower it. Received: {losses}"

    @only_if("separate")
    def test_padding_changes_no_loss(self, name):
        """What lies beyond an example's length, marked by `LengthMask`, changes nothing."""
        case = self.cases[name]
        loss = case.make()
        longer = case.length + 40
        y_true, y_pred = case.data(length=longer)
        y_true[0, case.length :] = 77
        y_pred[0, case.length :] = -1e3
        lengths = np.array([case.length, longer])
        masked = LengthMask()([keras.ops.array(y_pred), keras.ops.array(lengths)])
        values = numpy(case.make(reduction=None)(y_true, masked))
        for i, length in enumerate(lengths):
            alone = loss(y_true[i : i + 1, :length], y_pred[i : i + 1, :length])
            near(values[i], alone, f"{name}: padding behind a mask must change nothing", atol=1e-5)

    @each("target", ["as it is", "silent", "constant", "huge"])
    @each("estimate", ["as it is", "silent", "constant", "vanishing", "huge", "same"])
    def test_value_and_gradient_of_a_loss_are_finite(self, name, target, estimate):
        """Values and gradients are finite for targets and estimates of any level."""
        case = self.cases[name]
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
        require_finite(name, *case.value_and_gradient(y_true, y_pred))

    def test_gradient_of_a_loss_against_finite_differences(self, name):
        """The gradient along a direction is what differences in float64 say."""
        if keras.backend.backend() != "tensorflow":
            pytest.skip("JAX has no float64 unless told early, Keras's mean on PyTorch has none")
        case = self.cases[name]
        y_true, y_pred = (x.astype("float64") for x in case.data(length=23))
        loss = case.make(dtype="float64")
        direction = np.random.default_rng(1).normal(size=y_pred.shape)
        _, slope = value_and_gradient(loss)(y_true, y_pred)
        step = 1e-6
        above, below = (float(loss(y_true, y_pred + s * direction)) for s in (step, -step))
        # the differences themselves are only good to their curvature and cancellation
        expected = (above - below) / (2 * step)
        about = f"{name}: its gradient must be that of its values"
        near(np.sum(slope * direction), expected, about, rtol=case.relative)


def require_finite(name: str, value: float, slope: np.ndarray) -> None:
    """Raise an AssertionError where a loss or its gradient is not finite."""
    assert np.isfinite(value), f"{name}: it must be finite. Received: {value}"
    bad = np.sum(~np.isfinite(slope))
    about = f"{name}: its gradient must be finite. Received: {bad} of {slope.size} values are not"
    assert bad == 0, about
