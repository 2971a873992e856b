"""What Keras does that is not documented, and that this package relies on."""

import inspect
import threading

import keras
import pytest

import keras_sep
from keras_sep import _keras


def test_a_tensor_carries_its_mask():
    tensor, mask = keras.ops.ones((2, 3, 4)), keras.ops.ones((2, 3), "bool")
    assert _keras.get_keras_mask(tensor) is None
    _keras.set_keras_mask(tensor, mask)
    assert _keras.get_keras_mask(tensor) is mask


def test_sublayers_are_those_within_layers_and_models_too():
    stack = keras_sep.layers.RecurrentStack(2, 1)
    inner = keras.Sequential([keras.Input((None, 3)), stack])
    outer = keras.Sequential([keras.Input((None, 3)), inner])
    names = {type(layer).__name__ for layer in _keras.sublayers(outer)}
    assert {"Sequential", "RecurrentStack", "LSTM"} <= names


def test_forgotten_variables_get_no_memory():
    with _keras.forgotten_variables(), keras.StatelessScope(initialize_variables=False):
        forgotten = keras.Variable("ones", shape=(3,))
    with keras.StatelessScope(initialize_variables=False):
        remembered = keras.Variable("ones", shape=(3,))
    with keras.StatelessScope(initialize_variables=True):
        pass
    assert remembered._value is not None
    assert forgotten._value is None


def test_a_functional_model_runs_through_its_graph_in_one_place():
    """Which is where `Network` marks its outputs for `clone_model`."""
    functional = type(keras.Model(x := keras.Input((2,)), keras.layers.ReLU()(x)))
    signature = inspect.signature(functional._run_through_graph)
    assert "operation_fn" in signature.parameters


def test_adam_keeps_two_moments_of_every_variable():
    adam, weights = keras.optimizers.Adam(), [keras.Variable([0.0]), keras.Variable([0.0, 0.0])]
    adam.apply([keras.ops.ones(1), keras.ops.array([2.0, 3.0])], weights)
    mean, square = map(keras.ops.convert_to_numpy, _keras.moments(adam, weights[1]))
    assert mean == pytest.approx([0.2, 0.3])
    assert square == pytest.approx([0.004, 0.009])


@pytest.mark.parametrize("name", ["LSTM", "GRU"])
def test_recurrent_layers_run_their_frames_in_an_inner_loop(name):
    """Which is what those of this package replace."""
    ours, theirs = getattr(keras_sep.layers, name), getattr(keras.layers, name)
    names = ["self", "sequences", "initial_state", "mask", "training"]
    assert list(inspect.signature(theirs.inner_loop).parameters) == names
    assert list(inspect.signature(ours.inner_loop).parameters) == names


@pytest.mark.parametrize("name", ["Variable", "Operation"])
def test_what_building_limits_patch_is_what_keras_calls(name):
    assert inspect.isfunction(getattr(keras, name).__init__)


def test_a_thread_saves_a_compiled_model_in_a_stateless_scope(tmp_path):
    """With the values of the scope, not with those that variables have."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, use_bias=False)])
    model.compile("adam", loss="mse", metrics=["mae"])
    model.optimizer.build(model.trainable_variables)
    (kernel,) = model.weights

    def save():
        _keras.ready_to_save()
        with keras.StatelessScope([(kernel, keras.ops.array([[5.0], [7.0]]))]):
            model.save(tmp_path / "model.keras")

    thread = threading.Thread(target=save)
    thread.start()
    thread.join()
    (saved,) = keras.saving.load_model(tmp_path / "model.keras").get_weights()
    assert saved.tolist() == [[5.0], [7.0]]
