"""The converter is strict: what it is given is all used, and all it needs is there."""

import numpy as np
import pytest
from converted import BAND, BINS, CHANNELS, HIDDEN, LAYERS, state_dict

from keras_sep import convert


@pytest.mark.parametrize("bidirectional", [True, False])
def test_sizes_come_from_the_tensors(bidirectional):
    states = {name: state_dict(n, bidirectional) for n, name in enumerate(("b", "a"))}
    model = convert.open_unmix(states)
    assert model.output_shape == (None, None, BINS, CHANNELS, 2)
    stack = model.get_layer("b_recurrent")
    assert (stack.layers, stack.bidirectional) == (LAYERS, bidirectional)
    assert model.get_layer("a_1").kernel.shape == (BAND * CHANNELS, HIDDEN)


def test_bins_come_before_channels():
    state = state_dict()
    model = convert.open_unmix({"x": state})
    for b, c in ((0, 2), (4, 1), (6, 0)):
        np.testing.assert_array_equal(
            model.get_layer("x_1").kernel[b * CHANNELS + c], state["fc1.weight"][:, c * BAND + b]
        )
        row = c * BINS + b
        np.testing.assert_array_equal(
            model.get_layer("x_3").kernel[:, b * CHANNELS + c], state["fc3.weight"][row]
        )
        norm = model.get_layer("x_3_norm")
        assert norm.moving_mean[b * CHANNELS + c] == state["bn3.running_mean"][row]
        assert norm.gamma[b * CHANNELS + c] == state["bn3.weight"][row]


@pytest.mark.parametrize(("target", "layer"), [("lead vocals", "lead_vocals"), ("_x", "target_x")])
def test_a_target_whose_name_is_no_layers(target, layer):
    state = state_dict()
    model = convert.open_unmix({target: state})
    np.testing.assert_array_equal(model.get_layer(f"{layer}_2").kernel, state["fc2.weight"].T)


def test_arguments_are_passed_on_and_the_state_dict_is_left_alone():
    state = state_dict()
    before = {name: array.copy() for name, array in state.items()}
    model = convert.open_unmix({"x": state}, dropout=0.125)
    assert model.get_layer("x_recurrent").dropout == 0.125
    assert list(state) == list(before)
    for name, array in before.items():
        np.testing.assert_array_equal(state[name], array)


@pytest.mark.parametrize("name", [n for n in state_dict() if "num_batches" not in n][:-3])
def test_a_missing_tensor_is_named(name):
    state = state_dict()
    del state[name]
    with pytest.raises(ValueError) as error:
        convert.open_unmix({"vocals": state})
    assert f"The state dict of 'vocals' must have the tensor {name!r}" in str(error.value)


def test_an_extra_tensor_is_named():
    state = {**state_dict(), "fc4.weight": np.zeros(3)}
    with pytest.raises(ValueError) as error:
        convert.open_unmix({"vocals": state})
    assert "'vocals' must have no other tensors. Received: fc4.weight" in str(error.value)


@pytest.mark.parametrize("name", ["bn2.bias", "fc2.weight", "lstm.weight_hh_l1_reverse"])
def test_a_wrong_shape_is_named(name):
    state = state_dict()
    state[name] = state[name][:-1]
    with pytest.raises(ValueError) as error:
        convert.open_unmix({"vocals": state})
    assert f"{name!r} of 'vocals' must have shape" in str(error.value)
    assert str(state[name].shape) in str(error.value)


def test_targets_of_different_sizes_are_refused():
    with pytest.raises(ValueError) as error:
        convert.open_unmix({"a": state_dict(), "b": state_dict(hidden=4)})
    assert "networks of one size" in str(error.value)
    with pytest.raises(ValueError) as error:
        convert.open_unmix({})
    assert "at least one target" in str(error.value)
