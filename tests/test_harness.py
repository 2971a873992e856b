"""Every public layer and model keeps the laws of `keras_sep.testing`, and refuses in words."""

import re

import keras
import numpy as np
import pytest
from cases import LAYERS, MODELS

import keras_sep
from keras_sep.testing import LayerLaws, NetworkLaws, only

CASES = LAYERS | MODELS
BASES = {"PostFilter"}  # nothing by itself: the layers made of it have cases
every_layer = pytest.mark.parametrize("name", sorted(LAYERS))
# but for the one whose case counts the axes itself
every_shaped = pytest.mark.parametrize("name", sorted(LAYERS.keys() - {"LengthMask"}))
# what a layer says of its shapes is said before any backend is asked
on_tensorflow = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="once is enough")
# JAX compiles for every shape, and every operation by itself where no whole function is compiled
not_on_jax = pytest.mark.skipif(keras.backend.backend() == "jax", reason="minutes on JAX")


def public_name(name):
    """The class of a case: "GRU" of "GRU" and of "GRU, backwards"."""
    return name.partition(",")[0]


def layer_in(network, name):
    (layer,) = [x for x in network.layers if type(x).__name__ == public_name(name)]
    return layer


@pytest.mark.parametrize(
    ("public", "covered"),
    [
        ({*keras_sep.layers.__all__} - BASES, LAYERS),
        ([*keras_sep.zoo.__all__, "Separator"], MODELS),
    ],
)
def test_every_public_name_has_a_case(public, covered):
    assert set(public) == set(map(public_name, covered)), "add the name to a file in tests/cases/"


class TestLayers(LayerLaws):
    cases = LAYERS

    # which classes a file is made of is Keras's business on any backend
    test_saved_file_in_a_fresh_process = on_tensorflow(LayerLaws.test_saved_file_in_a_fresh_process)
    # what float16 would lose elsewhere, bfloat16 loses more of
    test_mixed_float16 = on_tensorflow(LayerLaws.test_mixed_float16)
    test_no_two_weights_start_from_the_same_numbers = on_tensorflow(
        LayerLaws.test_no_two_weights_start_from_the_same_numbers
    )
    test_items_of_a_batch_do_not_talk_to_each_other = not_on_jax(
        LayerLaws.test_items_of_a_batch_do_not_talk_to_each_other
    )
    test_silence_and_a_constant_have_finite_answers_and_gradients = pytest.mark.fault(
        LayerLaws.test_silence_and_a_constant_have_finite_answers_and_gradients
    )


class TestModels(NetworkLaws):
    cases = MODELS

    test_saved_file_in_a_fresh_process = on_tensorflow(
        NetworkLaws.test_saved_file_in_a_fresh_process
    )
    test_mixed_float16 = on_tensorflow(NetworkLaws.test_mixed_float16)
    test_no_two_weights_start_from_the_same_numbers = on_tensorflow(
        NetworkLaws.test_no_two_weights_start_from_the_same_numbers
    )
    test_items_of_a_batch_do_not_talk_to_each_other = not_on_jax(
        NetworkLaws.test_items_of_a_batch_do_not_talk_to_each_other
    )
    test_silence_and_a_constant_have_finite_answers_and_gradients = pytest.mark.fault(
        not_on_jax(NetworkLaws.test_silence_and_a_constant_have_finite_answers_and_gradients)
    )


def refusal(ask, *inputs):
    """The text with which inputs are refused; None where there is an answer."""
    try:
        ask(*map(keras.ops.convert_to_tensor, inputs))
    except ValueError as error:
        return str(error)
    return None


@pytest.mark.fault
@not_on_jax
@every_shaped
def test_axes_too_many_or_too_few_are_refused_in_words_or_work(name):
    case = CASES[name]
    inputs = case.data()
    for asked in (
        [x[:, :, None] for x in inputs],
        [x[..., None] for x in inputs],
        [x[..., 0] for x in inputs],
        [inputs[0][..., None], *inputs[1:]],
    ):
        text = refusal(case.call, *asked)
        assert text is None or re.search("must|incompatible", text), text
    if len(inputs) == 1:  # a layer that was built for the right ones
        layer = layer_in(case.network, name)
        for asked in (inputs[0][:, :, None], inputs[0][:, 0]):
            text = refusal(layer, asked)
            assert text is None or re.search("must|incompatible", text), text


@pytest.mark.fault
@on_tensorflow
@every_shaped
def test_inputs_of_any_rank_are_refused_in_words_or_work(name):
    inputs = CASES[name].data()
    for rank in range(7):
        odd = [np.resize(x, (*x.shape, 2, 2, 2, 2)[:rank]) for x in inputs]
        for asked in (odd, [odd[0], *inputs[1:]]):
            text = refusal(CASES[name].call, *asked)
            assert text is None or re.search("must|incompatible", text), text


@pytest.mark.fault
@on_tensorflow
@pytest.mark.parametrize("name", sorted(MODELS))
def test_another_number_of_channels_is_refused_in_words(name):
    case = MODELS[name]
    (x, *others) = case.data()
    if others or x.shape[-1] != case.inputs[0][-1]:
        pytest.skip("its inputs are not the network's own")
    text = refusal(case.call, np.concatenate([x, x], axis=-1))
    assert text is not None, "an answer of channels that it does not have"
    assert "must have shape" in text, text


@pytest.mark.fault
@on_tensorflow
@every_layer
def test_nothing_along_an_axis_is_refused_in_words_or_gives_nothing(name):
    network = CASES[name].network
    inputs = CASES[name].data()
    for empty in ([x[:0] for x in inputs], [x[:, :0] for x in inputs]):
        text = refusal(lambda *x: network(only(list(x))), *empty)
        assert text is None or re.search("must have .*at least", text), text


@pytest.mark.fault
@not_on_jax
@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_network_makes_nothing_of_nothing_or_wants_more(name):
    """Of no examples, no estimates; of no time, that or words."""
    layers = CASES[name].network.layers
    networks = [layer for layer in layers if isinstance(layer, keras_sep.zoo.Network)]
    for network in networks:
        x = CASES[name].data()[0]
        one, none = ([tuple(y.shape) for y in keras.tree.flatten(network(x[:n]))] for n in (1, 0))
        assert none == [(0, *shape[1:]) for shape in one]
        text = refusal(network, x[:, :0])
        assert text is None or re.match("The input of .* must have at least one step", text), text
    assert networks or name == "Separator"
