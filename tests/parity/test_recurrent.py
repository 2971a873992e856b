"""`RecurrentStack` beside `torch.nn.LSTM` and `torch.nn.GRU` with the same weights."""

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from recurrent_peer import peer_state, torch, torch_order, torch_parameters

from keras_sep.layers import RecurrentStack

BATCH, FRAMES, FEATURES, UNITS = 3, 17, 11, 7


def peer(stack):
    """The PyTorch module with the weights of `stack`."""
    kind = torch.nn.LSTM if stack.cell == "lstm" else torch.nn.GRU
    module = kind(
        FEATURES, UNITS, stack.layers, bidirectional=stack.bidirectional, batch_first=True
    )
    module.load_state_dict(peer_state(stack))
    return module


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("layers", [1, 3])
def test_equals_torch(cell, bidirectional, layers):
    stack = RecurrentStack(UNITS, layers, cell=cell, bidirectional=bidirectional)
    stack.build((None, None, FEATURES))
    rng = np.random.default_rng(4)
    stack.set_weights([0.4 * rng.normal(size=w.shape) for w in stack.weights])
    module = peer(stack)
    x = rng.normal(size=(BATCH, FRAMES, FEATURES)).astype("float32")
    scale = rng.normal(size=(BATCH, FRAMES, UNITS * (1 + bidirectional))).astype("float32")

    inputs = torch.tensor(x, requires_grad=True)
    expected, _ = module(inputs)
    (expected * torch.tensor(scale)).sum().backward()
    variables = dict(torch_parameters(stack))
    with tf.GradientTape() as tape:
        sequences = tf.constant(x)
        tape.watch(sequences)
        outputs = stack(sequences, training=True)
        loss = tf.reduce_sum(outputs * scale)
    d_inputs, *gradients = tape.gradient(loss, [sequences, *[v.value for v in variables.values()]])

    # float32 through three layers of 17 steps; gradients are sums over 51 products
    np.testing.assert_allclose(outputs, expected.detach(), atol=2e-6)
    np.testing.assert_allclose(d_inputs, inputs.grad, rtol=1e-4, atol=1e-5)
    theirs = {name: p.grad.numpy() for name, p in module.named_parameters()}
    for name, gradient in zip(variables, gradients, strict=True):
        ours = torch_order(gradient.numpy(), cell)
        if not name.startswith("bias"):
            np.testing.assert_allclose(ours.T, theirs[name], rtol=1e-4, atol=2e-5, err_msg=name)
        elif ours.ndim == 1:
            name = name.replace("bias", "bias_ih")
            np.testing.assert_allclose(ours, theirs[name], rtol=1e-4, atol=2e-5, err_msg=name)
        else:
            for row, kind in zip(ours, ("bias_ih", "bias_hh"), strict=True):
                expected = theirs[name.replace("bias", kind)]
                np.testing.assert_allclose(row, expected, rtol=1e-4, atol=2e-5, err_msg=name)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_residual_stack_is_asteroids(cell, bidirectional):
    pytest.importorskip("asteroid_filterbanks")
    import asteroid_peer  # noqa: F401 - asteroid without its trainers
    from asteroid.masknn import recurrent

    stack = RecurrentStack(UNITS, 3, cell=cell, bidirectional=bidirectional, residual=True)
    stack.build((None, None, UNITS))
    rng = np.random.default_rng(4)
    stack.set_weights([0.4 * rng.normal(size=w.shape) for w in stack.weights])
    kind = recurrent.StackedResidualBiRNN if bidirectional else recurrent.StackedResidualRNN
    module = kind(cell.upper(), UNITS, n_layers=3)
    first = [module.first_layer] if bidirectional else []
    state = peer_state(stack)
    for n, layer in enumerate([*first, *module.layers]):
        own = {name: value for name, value in state.items() if f"_l{n}" in name}
        layer.rnn.load_state_dict({name.replace(f"_l{n}", "_l0"): own[name] for name in own})
    x = rng.normal(size=(BATCH, FRAMES, UNITS)).astype("float32")
    # float32 through three layers of 17 steps
    np.testing.assert_allclose(stack(x), module(torch.tensor(x)).detach(), atol=2e-6)


def on_jax(path):
    """The other half of the test below, in its own process: JAX as Keras's backend."""
    import jax
    import keras

    from keras_sep.layers import _backend

    assert keras.backend.backend() == "jax"
    assert _backend.lstm.__module__.endswith("jax")
    data = dict(np.load(path))
    stack = RecurrentStack(UNITS, 2)
    stack.build((None, None, FEATURES))
    stack.set_weights([data[f"w{n}"] for n in range(len(stack.weights))])

    def loss(variables, x):
        seeds = [v.value for v in stack.non_trainable_variables]
        outputs, _ = stack.stateless_call(variables, seeds, x, training=True)
        return (outputs * data["scale"]).sum(), outputs

    values = [v.value for v in stack.trainable_variables]
    (gradients, d_x), outputs = jax.jit(jax.grad(loss, (0, 1), has_aux=True))(values, data["x"])
    results = {f"d{n}": g for n, g in enumerate(gradients)}
    np.savez(path, outputs=outputs, d_x=d_x, **results)


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed")
def test_jax_equals_tensorflow(tmp_path):
    stack = RecurrentStack(UNITS, 2)
    rng = np.random.default_rng(4)
    x = rng.normal(size=(BATCH, FRAMES, FEATURES)).astype("float32")
    scale = rng.normal(size=(BATCH, FRAMES, 2 * UNITS)).astype("float32")
    with tf.GradientTape() as tape:
        sequences = tf.constant(x)
        tape.watch(sequences)
        outputs = stack(sequences, training=True)
        loss = tf.reduce_sum(outputs * scale)
    d_x, *gradients = tape.gradient(loss, [sequences, *stack.trainable_weights])
    weights = {f"w{n}": w for n, w in enumerate(stack.get_weights())}
    np.savez(tmp_path / "a.npz", x=x, scale=scale, **weights)
    subprocess.run(
        [sys.executable, __file__, str(tmp_path / "a.npz")],
        check=True,
        env={**os.environ, "KERAS_BACKEND": "jax"},
    )
    theirs = np.load(tmp_path / "a.npz")
    np.testing.assert_allclose(outputs, theirs["outputs"], atol=2e-6)  # float32 roundings
    for name, ours in (("d_x", d_x), *((f"d{n}", g) for n, g in enumerate(gradients))):
        np.testing.assert_allclose(ours, theirs[name], rtol=1e-4, atol=1e-5, err_msg=name)


if __name__ == "__main__":
    on_jax(sys.argv[1])
