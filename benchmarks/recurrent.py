"""RecurrentStack beside torch.nn.LSTM and Keras's own layers: rewrites results/recurrent.md.

Run it with the parity environment (`make bench`): PyTorch is measured in the same run.
"""

import argparse
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
import torch
from timing import interleaved, two_threads

from keras_sep.layers import RecurrentStack

UNITS, LAYERS, FEATURES = 256, 3, 512
TRAIN_FRAMES, INFERENCE_FRAMES = 255, 1292  # six and thirty seconds at 44.1 kHz, hop 1024
TARGETS = 4
RESULT = Path(__file__).parent / "results" / "recurrent.md"


def torch_peer(stack):
    """`torch.nn.LSTM` with the weights of `stack`."""
    module = torch.nn.LSTM(FEATURES, UNITS, LAYERS, bidirectional=True, batch_first=True)
    state = {}
    for suffix, layers in (("", stack.forward_layers), ("_reverse", stack.backward_layers)):
        for n, layer in enumerate(layers):
            kernel, recurrent, bias = (torch.tensor(w) for w in layer.get_weights())
            state[f"weight_ih_l{n}{suffix}"] = kernel.T
            state[f"weight_hh_l{n}{suffix}"] = recurrent.T
            state[f"bias_ih_l{n}{suffix}"] = bias
            state[f"bias_hh_l{n}{suffix}"] = torch.zeros_like(bias)
    module.load_state_dict(state)
    return module


def stock_peer(stack):
    """Keras's `Bidirectional(LSTM)` layers with the weights of `stack`."""
    model = keras.Sequential([keras.Input((None, FEATURES))])
    for pair in zip(stack.forward_layers, stack.backward_layers, strict=True):
        layer = keras.layers.Bidirectional(keras.layers.LSTM(UNITS, return_sequences=True))
        model.add(layer)
        layer.set_weights([w for direction in pair for w in direction.get_weights()])
    return model


def gradient_step(layer, x, jit_compile):
    """Forward and backward of a mean square, as a function of no argument."""

    @tf.function(jit_compile=jit_compile)
    def step(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(layer(x, training=True) ** 2)
        return tape.gradient(loss, layer.trainable_variables)

    return lambda: step(x)[0].numpy()


def training_rows(batch, repeats):
    """Forward plus backward, `batch` sequences of 255 frames."""
    x = np.random.default_rng(0).normal(size=(batch, TRAIN_FRAMES, FEATURES)).astype("float32")
    stack = RecurrentStack(UNITS, LAYERS)
    stack.build(x.shape)
    peer, inputs = torch_peer(stack), torch.tensor(x)

    def peer_step():
        peer.zero_grad()
        (peer(inputs)[0] ** 2).mean().backward()

    seconds = interleaved(
        {
            "torch.nn.LSTM": peer_step,
            "keras.layers.LSTM": gradient_step(stock_peer(stack), tf.constant(x), False),
            "RecurrentStack": gradient_step(stack, tf.constant(x), False),
            "RecurrentStack, jit": gradient_step(stack, tf.constant(x), True),
        },
        repeats,
    )
    with torch.no_grad():
        deviation = np.abs(stack(x) - peer(inputs)[0].numpy()).max()
    return rows(f"training, batch {batch}", seconds, deviation)


def inference_rows(repeats):
    """Four stacks, as the targets of Open-Unmix, over 30 s of one recording."""
    rng = np.random.default_rng(0)
    stacks = [RecurrentStack(UNITS, LAYERS) for _ in range(TARGETS)]
    for stack in stacks:
        stack.build((None, None, FEATURES))
    peers = [torch_peer(stack) for stack in stacks]

    @tf.function(input_signature=[tf.TensorSpec((None, None, FEATURES))])
    def run(x):
        return [stack(x) for stack in stacks]

    run(tf.zeros((1, 7, FEATURES)))  # traced at another length
    x = rng.normal(size=(1, INFERENCE_FRAMES, FEATURES)).astype("float32")

    def run_peers():
        with torch.no_grad():
            return [peer(torch.tensor(x))[0].numpy() for peer in peers]

    def run_ours():
        return [y.numpy() for y in run(tf.constant(x))]

    deviation = max(np.abs(a - b).max() for a, b in zip(run_ours(), run_peers(), strict=True))
    seconds = interleaved({"torch.nn.LSTM": run_peers, "RecurrentStack": run_ours}, repeats)
    return rows("inference, four stacks, 1292 frames, batch 1", seconds, deviation)


def rows(what, seconds, deviation):
    """Lines of the table: the first candidate is the peer."""
    peer = next(iter(seconds.values()))
    lines = [
        f"| {what} | {name} | {least:.3f} | {middle:.3f} | {least / peer[0]:.2f} | "
        f"{middle / peer[1]:.2f} | {'' if n == 0 else f'{deviation:.1e}'} |"
        for n, (name, (least, middle)) in enumerate(seconds.items())
    ]
    print("\n".join(lines), flush=True)
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    repeats = parser.parse_args().repeats
    two_threads()
    lines = [
        *training_rows(16, repeats),
        *training_rows(1, 3 * repeats),  # short ones, which scatter more
        *inference_rows(repeats),
    ]
    heading = (
        "# Recurrent stack\n\n"
        f"{LAYERS} bidirectional LSTM layers, {UNITS} units per direction, {FEATURES} inputs, "
        "two threads. Training is forward plus backward over 255 frames. "
        "Seconds, and ratios to PyTorch in the same run; the deviation is the largest difference "
        "of the outputs from PyTorch's. Made by `benchmarks/recurrent.py`.\n\n"
        "| what | by | least s | median s | least / peer | median / peer | deviation |\n"
        "|---|---|---|---|---|---|---|\n"
    )
    RESULT.write_text(heading + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
