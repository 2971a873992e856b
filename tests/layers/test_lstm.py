"""`LSTM` beside `keras.layers.LSTM`, with the same weights."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_sep.layers import LSTM, _fast_loop
from keras_sep.layers._backend.tensorflow.blocks import FRAMES as BLOCK_FRAMES
from keras_sep.layers._backend.tensorflow.sequential import LEAST_ROWS

BATCH, FRAMES, FEATURES, UNITS = 3, 17, 11, 7
# One float32 rounding is 6e-8 and outputs are below one: a few roundings through 17 steps.
OUTPUT = 1e-6
# Gradients here reach magnitudes of ten, each a sum over 51 products.
GRADIENT = 1e-5


@pytest.fixture(params=[True, False], ids=["fast", "Keras's loop"])
def loops(request, monkeypatch):
    """Our loops, and none of them: the switch for whoever finds a fault in ours."""
    monkeypatch.setattr(_fast_loop, "FAST_LOOPS", request.param)
    assert LSTM(UNITS).is_fast() == request.param


def pair(**kwargs):
    """Keras's layer and ours, with equal weights; the bias is not left at zero."""
    layers = keras.layers.LSTM(UNITS, **kwargs), LSTM(UNITS, **kwargs)
    rng = np.random.default_rng(5)
    for layer in layers:
        layer.build((BATCH, FRAMES, FEATURES))
    weights = [0.4 * rng.normal(size=w.shape) for w in layers[0].get_weights()]
    for layer in layers:
        layer.set_weights(weights)
    return layers


def sequences(frames=FRAMES, dtype="float32"):
    return tf.constant(np.random.default_rng(6).normal(size=(BATCH, frames, FEATURES)), dtype)


def states():
    rng = np.random.default_rng(8)
    return [tf.constant(rng.normal(size=(BATCH, UNITS)), "float32") for _ in range(2)]


def outputs_and_gradients(layer, x, initial=None, training=True):
    """Everything the layer returns, and the gradients of a sum in which each value differs."""
    watched = [x, *(initial or [])]
    with tf.GradientTape() as tape:
        tape.watch(watched)
        outputs = tf.nest.flatten(layer(x, initial_state=initial, training=training))
        loss = 0.0
        for y in outputs:
            weights = tf.cos(tf.range(tf.size(y), dtype=tf.float32))
            loss += tf.reduce_sum(tf.reshape(tf.cast(y, "float32"), [-1]) * weights)
    return outputs, tape.gradient(loss, [*watched, *layer.trainable_variables])


def assert_close(ours, theirs, tolerance):
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@pytest.mark.usefixtures("loops")
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("go_backwards", [False, True])
@pytest.mark.parametrize("return_sequences", [False, True])
def test_equals_keras(go_backwards, return_sequences, training):
    theirs, ours = pair(
        go_backwards=go_backwards, return_sequences=return_sequences, return_state=True
    )
    expected = outputs_and_gradients(theirs, sequences(), states(), training)
    actual = outputs_and_gradients(ours, sequences(), states(), training)
    assert_close(actual[0], expected[0], OUTPUT)
    assert_close(actual[1], expected[1], GRADIENT)


@pytest.mark.usefixtures("loops")
@pytest.mark.parametrize("jit_compile", [False, True])
def test_equals_keras_in_a_graph(jit_compile):
    theirs, ours = pair(return_sequences=True)
    run = tf.function(lambda x: outputs_and_gradients(ours, x), jit_compile=jit_compile)
    expected = outputs_and_gradients(theirs, sequences())
    actual = run(sequences())
    assert_close(actual[0], expected[0], OUTPUT)
    assert_close(actual[1], expected[1], GRADIENT)


@pytest.mark.usefixtures("loops")
def test_without_bias_or_initial_state():
    theirs, ours = pair(use_bias=False, return_sequences=True)
    assert_close(ours(sequences())[None], theirs(sequences())[None], OUTPUT)


def test_gradient_equals_finite_differences():
    """In float64, so that a central difference of 1e-6 leaves about 1e-9 of error."""
    keras.utils.set_random_seed(3)
    layer = LSTM(UNITS, return_sequences=True, dtype="float64")
    x = sequences(frames=5, dtype="float64")
    layer(x)
    weights = tf.cos(tf.reshape(tf.range(BATCH * 5 * UNITS, dtype=tf.float64), (BATCH, 5, UNITS)))

    def loss():
        return tf.reduce_sum(weights * layer(x, training=True))

    with tf.GradientTape() as tape:
        value = loss()
    for variable, gradient in zip(
        layer.trainable_variables,
        tape.gradient(value, layer.trainable_variables),
        strict=True,
    ):
        direction = np.random.default_rng(9).normal(size=variable.shape)
        start = variable.numpy()
        ends = []
        for sign in (1, -1):
            variable.assign(start + sign * 1e-6 * direction)
            ends.append(loss())
        variable.assign(start)
        slope = (ends[0] - ends[1]) / 2e-6
        np.testing.assert_allclose(np.sum(gradient * direction), slope, rtol=1e-7)


def test_second_order_gradient_is_refused():
    """The gradient's own loop is not differentiable again: an error, never a wrong number."""
    layer = pair(return_sequences=True)[1]
    x = sequences(frames=5)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.reduce_sum(layer(x, training=True) ** 2)
        penalty = tf.reduce_sum(inner.gradient(y, x) ** 2)
    with pytest.raises(LookupError, match="second-order gradients need"):
        outer.gradient(penalty, x)


@pytest.mark.usefixtures("loops")
def test_length_is_dynamic():
    theirs, ours = pair(return_sequences=True)
    run = tf.function(ours, input_signature=[tf.TensorSpec((None, None, FEATURES))])
    for frames in (1, 5, 23):
        x = sequences(frames)
        assert_close(run(x)[None], theirs(x)[None], OUTPUT)
    assert run.experimental_get_tracing_count() == 1


@pytest.mark.usefixtures("loops")
@pytest.mark.parametrize(
    ("batch", "forget_bias", "go_backwards", "jit_compile"),
    [
        (1, -1.0, False, False),
        (1, 1.0, True, False),
        (1, 12.0, True, False),
        (3, 12.0, False, False),
        (1, 1.0, False, True),
    ],
)
def test_long_sequences_in_stretches(batch, forget_bias, go_backwards, jit_compile):
    """From a network that forgets within frames to one that forgets nothing at all."""
    theirs, ours = pair(go_backwards=go_backwards, return_sequences=True, return_state=True)
    kernel, recurrent, bias = theirs.get_weights()
    bias[UNITS : 2 * UNITS] = forget_bias
    for layer in theirs, ours:
        layer.set_weights([kernel, recurrent, bias])
    x = sequences(frames=331)[:batch]
    initial = [state[:batch] for state in states()]
    run = tf.function(lambda x: ours(x, initial_state=initial), jit_compile=jit_compile)
    expected = theirs(x, initial_state=initial)
    # c, a sum that grows to hundreds where nothing is forgotten, is compared to its own size; and
    # what is not remembered to 1e-6 of it may differ by as much in the outputs
    assert_close(run(x), expected, 3e-6)


@pytest.mark.parametrize("go_backwards", [False, True])
@pytest.mark.parametrize("use_bias", [False, True])
def test_many_rows(go_backwards, use_bias):
    """Values without training, and the gradient if it is asked for all the same."""
    both = pair(
        go_backwards=go_backwards, return_sequences=True, return_state=True, use_bias=use_bias
    )
    x = np.random.default_rng(1).normal(size=(LEAST_ROWS, FRAMES, FEATURES)).astype("float32")
    results, gradients = [], []
    for layer in both:
        with tf.GradientTape() as tape:
            values = tf.function(layer)(x)
            value = tf.add_n([tf.reduce_sum(tf.square(v)) for v in values])
        results.append(values)
        gradients.append(tape.gradient(value, layer.trainable_variables))
    assert_close(results[1], results[0], OUTPUT)
    # sums over a thousand rows and frames
    assert_close(gradients[1], gradients[0], 1e-5)


def test_mask_falls_back_to_keras():
    theirs, ours = pair(return_sequences=True)
    mask = tf.sequence_mask([5, 17, 2], FRAMES)
    assert_close(ours(sequences(), mask=mask)[None], theirs(sequences(), mask=mask)[None], 0)


@pytest.mark.parametrize(
    "kwargs",
    [{"recurrent_dropout": 0.3, "seed": 1}, {"dropout": 0.3, "seed": 1}, {"activation": "relu"}],
    ids=["recurrent_dropout", "dropout", "relu"],
)
def test_other_settings_fall_back_to_keras(kwargs):
    theirs, ours = pair(return_sequences=True, **kwargs)
    x = sequences()
    assert_close(ours(x, training=True)[None], theirs(x, training=True)[None], OUTPUT)


@pytest.mark.usefixtures("loops")
def test_stateful():
    theirs, ours = pair(stateful=True)
    for _ in range(2):
        expected, actual = theirs(sequences()), ours(sequences())
    assert_close(actual[None], expected[None], OUTPUT)
    assert np.abs(ours.states[0]).max() > 0


def test_cudnn_is_asked_for_as_in_keras():
    if tf.config.list_logical_devices("GPU"):
        pytest.skip("a GPU is here")
    with pytest.raises(ValueError, match="cuDNN is not supported"):
        LSTM(UNITS, use_cudnn=True)(sequences())


def test_graph_runs_on_any_cpu(monkeypatch):
    """With `use_cudnn = False` nothing but portable operations, even where a GPU is present."""
    layer = LSTM(UNITS, return_sequences=True)
    layer.use_cudnn = False
    monkeypatch.setattr("keras_sep.layers._backend.has_gpu", lambda: True)
    graph = tf.function(layer).get_concrete_function(sequences()).graph
    names = {operation.type for operation in graph.get_operations()}
    assert not any("Cudnn" in name for name in names)
    body = [f for f in graph.as_graph_def().library.function if "while_body" in f.signature.name]
    assert body
    # for few rows the input product stands outside the loops: inside is the recurrent one alone, in
    # two parts; for many a gate is one product
    operations = [[node.op for node in f.node_def] for f in body]
    # runs over stretches, blocks of few rows, frames of many
    assert {ops.count("MatMul") for ops in operations} == {0, 2 * BLOCK_FRAMES, 4}
    assert not any("BatchMatMulV2" in ops for ops in operations)


@pytest.mark.parametrize("from_ours", [False, True])
def test_weights_files_are_keras_s(tmp_path, from_ours):
    theirs, ours = pair(return_sequences=True)
    source, target = (ours, theirs) if from_ours else (theirs, ours)
    saved, loaded = (
        keras.Sequential([keras.Input((None, FEATURES)), layer]) for layer in (source, target)
    )
    expected = source(sequences())
    saved.save_weights(tmp_path / "a.weights.h5")
    target.set_weights([0 * w for w in target.get_weights()])
    loaded.load_weights(tmp_path / "a.weights.h5")
    assert_close(target(sequences())[None], expected[None], OUTPUT)


@pytest.mark.usefixtures("loops")
def test_half_precision():
    """Three digits of float16 through 17 steps: 1e-2."""
    theirs, ours = pair(return_sequences=True, dtype="mixed_float16")
    actual, expected = (outputs_and_gradients(layer, sequences()) for layer in (ours, theirs))
    assert actual[0][0].dtype == tf.float16
    np.testing.assert_allclose(actual[0][0], expected[0][0], atol=1e-2)
    for a, b in zip(actual[1], expected[1], strict=True):
        scale = np.abs(b).max()
        np.testing.assert_allclose(a / scale, b / scale, atol=3e-2)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_fit_follows_keras(jit_compile):
    losses = []
    for layer in pair(return_sequences=True):
        model = keras.Sequential([keras.Input((None, FEATURES)), layer])
        model.compile(keras.optimizers.Adam(0.01), "mse", jit_compile=jit_compile)
        model.optimizer.build(model.trainable_variables)  # or `fit` traces twice
        x = sequences().numpy()
        history = model.fit(x, x[..., :UNITS], epochs=5, shuffle=False, verbose=0)
        losses.append(history.history["loss"])
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-5)  # five Adam steps in float32
    assert losses[1][-1] < losses[1][0]
