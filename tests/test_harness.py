"""Every public layer and model through the same checks; none can dodge them."""

import functools
import re

import keras
import numpy as np
import pytest
from cases import LAYERS, MODELS
from harness import (
    data,
    gradient,
    inference,
    model,
    numpy,
    only,
    outputs,
    run_fresh,
    selected,
    through_json,
    trainable_model,
    untouched_model,
)
from workers import shared, worker_of

import keras_sep

CASES = LAYERS | MODELS
BASES = {"PostFilter"}  # nothing by itself: the layers made of it have cases
every_case = pytest.mark.parametrize("name", sorted(CASES))
every_layer = pytest.mark.parametrize("name", sorted(LAYERS))
# but for the one whose case counts the axes itself
every_shaped = pytest.mark.parametrize("name", sorted(LAYERS.keys() - {"LengthMask"}))
# what a layer says of its shapes is said before any backend is asked
on_tensorflow = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="once is enough")
every_masked = pytest.mark.parametrize("name", [n for n in sorted(CASES) if CASES[n].masked])
every_causal = pytest.mark.parametrize("name", [n for n in sorted(CASES) if CASES[n].causal])


def public_name(name):
    """The class of a case: "GRU" of "GRU" and of "GRU, backwards"."""
    return name.partition(",")[0]


def skip_long_on_jax(name):
    """JAX compiles every operation by itself where no whole function is compiled."""
    if keras.backend.backend() == "jax" and name in ("demucs", "hdemucs", "htdemucs"):
        pytest.skip("a minute on JAX; the operations are tried on the other backends")


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


@every_layer
def test_layer_config_round_trip(name):
    layer = layer_in(untouched_model(CASES[name]), name)
    again = keras.saving.deserialize_keras_object(through_json(layer))
    assert type(again) is type(layer)
    # JSON turns tuples of a wrapped network's config into lists
    assert through_json(again.get_config()) == through_json(layer.get_config())


@pytest.fixture(scope="module")
def fresh_process(tmp_path_factory, request):
    """The models of the tests that run now, saved, and what one fresh process makes of them.

    By the worker that the tests of a case go to, where the file is shared by several.
    """

    @functools.cache
    def of(worker):
        names = selected(request, "test_saved_file_in_a_fresh_process")
        names = [name for name in names if worker in (None, worker_of(name))]
        networks = {name: (untouched_model(CASES[name]), data(CASES[name])) for name in names}
        return networks, run_fresh(networks, tmp_path_factory.mktemp("saved"))

    return lambda name: of(worker_of(name) if shared(request.config) else None)


@every_case
def test_saved_file_in_a_fresh_process(name, fresh_process):
    networks, answers = fresh_process(name)
    expected = outputs(*networks[name])
    assert len([key for key in answers if key.split(":")[0] == name]) == len(expected)
    for i, wanted in enumerate(expected):
        # the same kernels in another process: rounding only
        np.testing.assert_allclose(answers[f"{name}:{i}"], wanted, rtol=1e-4, atol=1e-5)


@every_case
def test_dynamic_length(name):
    """One model takes any length, says None for it, and says the right one where it is known."""
    case = CASES[name]
    network = untouched_model(case)
    sizes = set()
    for length in case.both_lengths:
        inputs = data(case, length=length)
        results = outputs(network, inputs)
        spec = network.compute_output_spec(only([keras.KerasTensor(x.shape) for x in inputs]))
        for symbolic, known, result in zip(
            keras.tree.flatten(network.output), keras.tree.flatten(spec), results, strict=True
        ):
            assert symbolic.shape[:2] == (None, None)
            assert symbolic.shape[2:] == result.shape[2:]
            assert known.shape == result.shape
        sizes.add(results[0].shape[1])
    assert len(sizes) == 2


@every_masked
def test_padding_changes_nothing(name):
    """An example in a longer batch, its end marked by `LengthMask`, beside the example alone."""
    case = CASES[name]
    network = untouched_model(case)
    short, long = case.both_lengths
    inputs, padding = data(case, length=long), 1e3 * data(case, length=long)[0]
    together = [keras.Input(shape) for shape in case.inputs]
    lengths = keras.Input((), dtype="int32")
    first = keras_sep.layers.LengthMask()([together[0], lengths])
    masked = keras.Model([*together, lengths], case.call(first, *together[1:]))
    masked.set_weights(network.get_weights())
    padded = [inputs[0].copy(), *inputs[1:]]
    padded[0][0, short:] = padding[0, short:]
    results = outputs(masked, [*padded, np.array([short, long])])
    alone = outputs(network, [x[:1, :short] for x in inputs])
    whole = outputs(network, [x[1:] for x in inputs])
    for result, one, other in zip(results, alone, whole, strict=True):
        # sums over more terms, some of them zero, round differently
        np.testing.assert_allclose(result[:1, : one.shape[1]], one, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(result[1:], other, rtol=1e-5, atol=1e-5)


@every_causal
def test_the_past_does_not_move_when_the_future_does(name):
    case = CASES[name]
    network = untouched_model(case)
    inputs = data(case)
    changed = [x.copy() for x in inputs]
    half = case.length // 2
    for x in changed:
        x[:, half:] = x[:, half:][..., ::-1] + 1
    for before, after in zip(outputs(network, inputs), outputs(network, changed), strict=True):
        past = (half - max(0, case.latency - 1)) * before.shape[1] // case.length
        # not a bit may differ; products over other rows are the same products
        np.testing.assert_allclose(after[:, :past], before[:, :past], rtol=1e-6, atol=1e-6)
        assert not np.allclose(after[:, past:], before[:, past:], atol=1e-3)


@every_case
def test_items_of_a_batch_do_not_talk_to_each_other(name):
    case = CASES[name]
    network = untouched_model(case)
    inputs = data(case, batch=3)
    alone = outputs(network, [x[1:2] for x in inputs])
    together = outputs(network, inputs)
    for one, three in zip(alone, together, strict=True):
        # a product over three rows may add in another order than one over one row
        np.testing.assert_allclose(three[1:2], one, rtol=1e-4, atol=1e-5)
        assert not np.allclose(three[0], three[1], atol=1e-3)


def refusal(ask, *inputs):
    """The text with which inputs are refused; None where there is an answer."""
    try:
        ask(*map(keras.ops.convert_to_tensor, inputs))
    except ValueError as error:
        return str(error)
    return None


@pytest.mark.fault
@every_shaped
def test_axes_too_many_or_too_few_are_refused_in_words_or_work(name):
    case = CASES[name]
    inputs = data(case)
    for asked in (
        [x[:, :, None] for x in inputs],
        [x[..., None] for x in inputs],
        [x[..., 0] for x in inputs],
        [inputs[0][..., None], *inputs[1:]],
    ):
        text = refusal(case.call, *asked)
        assert text is None or re.search("must|incompatible", text), text
    if len(inputs) == 1:  # a layer that was built for the right ones
        layer = layer_in(untouched_model(case), name)
        for asked in (inputs[0][:, :, None], inputs[0][:, 0]):
            text = refusal(layer, asked)
            assert text is None or re.search("must|incompatible", text), text


@pytest.mark.fault
@on_tensorflow
@every_shaped
def test_inputs_of_any_rank_are_refused_in_words_or_work(name):
    inputs = data(CASES[name])
    for rank in range(7):
        odd = [np.resize(x, (*x.shape, 2, 2, 2, 2)[:rank]) for x in inputs]
        for asked in (odd, [odd[0], *inputs[1:]]):
            text = refusal(CASES[name].call, *asked)
            assert text is None or re.search("must|incompatible", text), text


@pytest.mark.fault
@on_tensorflow
@every_layer
def test_nothing_along_an_axis_is_refused_in_words_or_gives_nothing(name):
    network = untouched_model(CASES[name])
    inputs = data(CASES[name])
    for empty in ([x[:0] for x in inputs], [x[:, :0] for x in inputs]):
        text = refusal(lambda *x: network(only(list(x))), *empty)
        assert text is None or re.search("must have .*at least", text), text


@pytest.mark.fault
@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_network_makes_nothing_of_nothing_or_wants_more(name):
    """Of no examples, no estimates; of no time, that or words."""
    skip_long_on_jax(name)
    layers = untouched_model(CASES[name]).layers
    networks = [layer for layer in layers if isinstance(layer, keras_sep.zoo.Network)]
    for network in networks:
        x = data(CASES[name])[0]
        one, none = ([tuple(y.shape) for y in keras.tree.flatten(network(x[:n]))] for n in (1, 0))
        assert none == [(0, *shape[1:]) for shape in one]
        text = refusal(network, x[:, :0])
        assert text is None or re.match("The input of .* must have at least one step", text), text
    assert networks or name == "Separator"


@pytest.mark.fault
@every_case
def test_silence_and_a_constant_have_finite_answers_and_gradients(name):
    """By the first input; one example is silent, the other constant."""
    skip_long_on_jax(name)
    network = untouched_model(CASES[name])
    inputs = [np.zeros_like(x) for x in data(CASES[name])]
    for x in inputs:
        x[1] = 1

    def power(first):
        others = [keras.ops.convert_to_tensor(x) for x in inputs[1:]]
        answers = keras.tree.flatten(network(only([first, *others]), training=False))
        return sum(keras.ops.sum(keras.ops.square(answer)) for answer in answers)

    value, slope = gradient(power, inputs[0])
    assert np.isfinite(value)
    assert np.isfinite(slope).all()


@pytest.mark.parametrize(
    ("name", "policy"),
    # bfloat16 takes the same casts: the layers show them, of which the models are made
    [(name, "mixed_float16") for name in sorted(CASES)]
    + [(name, "mixed_bfloat16") for name in sorted(LAYERS)],
)
def test_mixed_precision(name, policy):
    """Answers in half precision, near those of float32."""
    case = CASES[name]
    network = untouched_model(case)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        half = model(case)
    finally:
        keras.config.set_dtype_policy(before)
    half.set_weights(network.get_weights())
    inputs = data(case)
    for x in inference(half, inputs):
        assert keras.backend.standardize_dtype(x.dtype) == policy.removeprefix("mixed_")
    # eleven bits keep 70 dB, and some dozen roundings 56 dB where it is worst; bfloat16 has three
    # bits fewer, 18 dB. A single number may be further off.
    least_db, most = (45, 1e-2) if policy == "mixed_float16" else (27, 8e-2)
    for wanted, result in zip(outputs(network, inputs), outputs(half, inputs), strict=True):
        error = result - wanted
        assert 10 * np.log10(np.sum(wanted**2) / np.sum(error**2).clip(1e-30)) >= least_db
        np.testing.assert_allclose(error, 0 * error, rtol=0, atol=most * np.abs(wanted).max())


@every_case
def test_one_fit_step_moves_every_weight(name):
    """SGD moves a weight only by its gradient: what stays put got none."""
    case = CASES[name]
    network = trainable_model(case)
    upstream = 2 * len(case.inputs)
    assert len(network.trainable_weights) == case.weights + upstream
    inputs = data(case)
    targets = [np.random.default_rng(9).normal(size=x.shape) for x in outputs(network, inputs)]
    before = [numpy(w).copy() for w in network.trainable_weights]
    square = [keras_sep.losses.SpectrogramLoss(norm="l2") for _ in targets]
    traced = case.traced and "," not in name
    eager = keras.backend.backend() == "tensorflow" and not traced
    network.compile(keras.optimizers.SGD(1.0), loss=only(square), run_eagerly=eager)
    history = network.fit(only(inputs), only(targets), batch_size=2, epochs=1, verbose=0)
    assert np.isfinite(history.history["loss"][0])
    for weight, old in zip(network.trainable_weights, before, strict=True):
        new = numpy(weight)
        assert np.isfinite(new).all(), weight.path
        moved = np.mean(new != old)
        assert moved >= case.moved, f"{weight.path}: {moved:.0%} got a gradient"
