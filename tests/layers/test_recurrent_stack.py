"""`RecurrentStack` beside Keras's `Bidirectional` layers one after another."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_sep.layers import RecurrentStack

BATCH, FRAMES, FEATURES, UNITS = 3, 17, 11, 7
STOCK = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}


def sequences(frames=FRAMES):
    return np.random.default_rng(2).normal(size=(BATCH, frames, FEATURES)).astype("float32")


def stock(stack):
    """Keras's own layers with the weights of `stack`, as a function of (x, mask)."""
    layers = []
    for n in range(stack.layers):
        directions = [stack.forward_layers, stack.backward_layers][: 1 + stack.bidirectional]
        layer = STOCK[stack.cell](stack.units, return_sequences=True)
        layer = keras.layers.Bidirectional(layer) if stack.bidirectional else layer
        layer.build((None, None, directions[0][n].cell.kernel.shape[0]))
        layer.set_weights([w for d in directions for w in d[n].get_weights()])
        layers.append(layer)

    def run(x, mask=None):
        for layer in layers:
            x = layer(x, mask=mask)
        return x

    return run


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_equals_keras(cell, bidirectional):
    stack = RecurrentStack(UNITS, 3, cell=cell, bidirectional=bidirectional)
    y = stack(sequences())
    assert y.shape == (BATCH, FRAMES, UNITS * (2 if bidirectional else 1))
    assert stack.compute_output_shape((None, None, FEATURES)) == (None, None, y.shape[-1])
    np.testing.assert_allclose(y, stock(stack)(sequences()), atol=1e-6)  # float32 roundings


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("masked", [False, True])
def test_time_major_is_the_same_with_frames_first(cell, masked):
    stack = RecurrentStack(UNITS, 2, cell=cell, skip=True)
    stack.build((None, None, FEATURES))
    first = RecurrentStack.from_config({**stack.get_config(), "time_major": True, "name": "first"})
    first.build((None, None, FEATURES))
    first.set_weights(stack.get_weights())
    mask = tf.sequence_mask([5, 17, 2], FRAMES) if masked else None
    y = first(np.swapaxes(sequences(), 0, 1), mask=mask)
    # the same operations but for copies
    np.testing.assert_allclose(y, np.swapaxes(stack(sequences(), mask=mask), 0, 1), atol=1e-6)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_padding_changes_nothing(cell):
    stack = RecurrentStack(UNITS, 2, cell=cell)
    stack.build((None, None, FEATURES))
    x = sequences()
    padded = np.concatenate([x, 100 * np.ones((BATCH, 4, FEATURES), "float32")], axis=1)
    mask = np.arange(FRAMES + 4)[None].repeat(BATCH, axis=0) < FRAMES
    y = stack(padded, mask=tf.constant(mask))
    np.testing.assert_allclose(y[:, :FRAMES], stack(x), atol=1e-6)
    np.testing.assert_allclose(y, stock(stack)(padded, tf.constant(mask)), atol=1e-6)


def test_dropout_between_layers_only():
    x = sequences()
    two = RecurrentStack(UNITS, 2, dropout=0.5, seed=3)
    assert np.abs(two(x, training=True) - two(x)).max() > 1e-3
    assert len(two.dropout_layers) == 1
    one = RecurrentStack(UNITS, 1, dropout=0.5, seed=3)
    np.testing.assert_array_equal(one(x, training=True), one(x))
    # nothing is zeroed after the last layer
    assert np.count_nonzero(two(x, training=True) == 0) == 0


def test_backward_direction_sees_the_future_only():
    stack = RecurrentStack(UNITS, 1)
    x = sequences()
    moved = x.copy()
    moved[:, 11] += 1
    changed = np.abs(stack(moved) - stack(x)).max(axis=(0, 2)) > 0
    forward, backward = np.split(np.abs(stack(moved) - stack(x)).max(axis=0), 2, axis=-1)
    assert changed.all()
    assert not forward[:11].any()
    assert not backward[12:].any()


def test_length_is_dynamic_and_traced_once():
    stack = RecurrentStack(UNITS, 2)
    stack.build((None, None, FEATURES))
    run = tf.function(stack, input_signature=[tf.TensorSpec((None, None, FEATURES))])
    for frames in (1, 13, 31):
        np.testing.assert_allclose(run(sequences(frames)), stack(sequences(frames)), atol=1e-6)
    assert run.experimental_get_tracing_count() == 1


def test_names_of_weights():
    stack = RecurrentStack(UNITS, 2, name="stack")
    stack.build((None, None, FEATURES))
    for name in ("forward_0", "forward_1", "backward_0", "backward_1"):
        kernel = f"stack/{name}/lstm_cell/kernel"
        assert kernel in [w.path for w in stack.weights]


def test_under_a_mirrored_strategy():
    devices = tf.config.list_logical_devices("CPU")
    strategy = tf.distribute.MirroredStrategy([d.name for d in devices])
    with strategy.scope():
        model = keras.Sequential([keras.Input((None, FEATURES)), RecurrentStack(UNITS, 2)])
        model.compile("adam", "mse")
        model.optimizer.build(model.trainable_variables)  # or `fit` traces twice
    y = np.zeros((BATCH, FRAMES, 2 * UNITS), "float32")
    losses = model.fit(sequences(), y, epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


@pytest.mark.parametrize(
    ("kwargs", "text"),
    [
        ({"units": 0, "layers": 1}, "`units` must be a positive integer. Received: units=0"),
        ({"units": 3, "layers": 1.5}, "`layers` must be a positive integer. Received: layers=1.5"),
        ({"units": 3, "layers": 1, "cell": "rnn"}, "`cell` must be one of"),
        ({"units": 3, "layers": 1, "dropout": 1.0}, "`dropout` must be a number in"),
    ],
)
def test_bad_arguments(kwargs, text):
    with pytest.raises(ValueError, match=text.replace("[", r"\[").replace(".", r"\.")):
        RecurrentStack(**kwargs)


# ------------------------------------------------------------------------------ residual and skip


def single(stack, n):
    """Layer `n` of a stack as a function, by Keras's own layers."""
    directions = [stack.forward_layers, stack.backward_layers][: 1 + stack.bidirectional]
    layer = STOCK[stack.cell](stack.units, return_sequences=True)
    layer = keras.layers.Bidirectional(layer) if stack.bidirectional else layer
    layer.build((None, None, directions[0][n].cell.kernel.shape[0]))
    layer.set_weights([w for d in directions for w in d[n].get_weights()])
    return layer


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize(
    ("bidirectional", "features"), [(False, UNITS), (True, UNITS), (True, 2 * UNITS)]
)
@pytest.mark.parametrize("skip", [False, True])
def test_residual_adds_every_layers_input(cell, bidirectional, features, skip):
    stack = RecurrentStack(
        UNITS, 3, cell=cell, bidirectional=bidirectional, residual=True, skip=skip
    )
    x = np.random.default_rng(2).normal(size=(BATCH, FRAMES, features)).astype("float32")
    y = stack(x)
    h = x
    for n in range(3):
        out = single(stack, n)(h).numpy()
        h = out + np.concatenate([h] * (out.shape[-1] // h.shape[-1]), axis=-1)
    expected = np.concatenate([x, h], axis=-1) if skip else h
    assert stack.compute_output_shape((None, None, features)) == (None, None, y.shape[-1])
    np.testing.assert_allclose(y, expected, atol=1e-6)  # float32 roundings


@pytest.mark.parametrize("bidirectional", [False, True])
def test_skip_joins_the_input_before_the_output(bidirectional):
    plain = RecurrentStack(UNITS, 2, bidirectional=bidirectional)
    expected = np.concatenate([sequences(), plain(sequences())], axis=-1)
    stack = RecurrentStack(UNITS, 2, bidirectional=bidirectional, skip=True)
    stack.build((None, None, FEATURES))
    stack.set_weights(plain.get_weights())
    np.testing.assert_array_equal(stack(sequences()), expected)
    assert stack.compute_output_shape((3, None, FEATURES)) == (3, None, expected.shape[-1])


def test_padding_changes_nothing_in_the_residual_form():
    stack = RecurrentStack(UNITS, 2, residual=True, skip=True)
    x = sequences()[..., :UNITS]
    padded = np.concatenate([x, 100 * np.ones((BATCH, 4, UNITS), "float32")], axis=1)
    mask = tf.constant(np.arange(FRAMES + 4)[None].repeat(BATCH, axis=0) < FRAMES)
    np.testing.assert_allclose(stack(padded, mask=mask)[:, :FRAMES], stack(x), atol=1e-6)


def test_residual_form_drops_what_a_layer_adds_and_not_what_it_was_given():
    stack = RecurrentStack(UNITS, 2, bidirectional=False, residual=True, dropout=0.999, seed=3)
    x = sequences()[..., :UNITS]
    y = stack(x, training=True)
    # nothing of the first layer is left, so the second reads the stack's input
    expected = x + single(stack, 1)(x)
    kept = np.abs(y - expected).max(axis=(1, 2)) < 1e-6
    assert kept.any()


@pytest.mark.parametrize(
    ("bidirectional", "wanted"), [(False, "7 features"), (True, "14 or 7 features")]
)
def test_residual_needs_an_input_of_its_width(bidirectional, wanted):
    stack = RecurrentStack(UNITS, 2, bidirectional=bidirectional, residual=True)
    text = rf"`residual=True` needs an input of {wanted}\. Received: input_shape=\(3, 17, 11\)"
    with pytest.raises(ValueError, match=text):
        stack(sequences())
