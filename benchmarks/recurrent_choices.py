"""Effect of the choices in the LSTM's loops: rewrites results/recurrent_choices.md.

Each table varies one choice and leaves the others as they are in the library.
"""

import argparse
import importlib
from pathlib import Path
from unittest import mock

import numpy as np
import tensorflow as tf
from recurrent import FEATURES, INFERENCE_FRAMES, LAYERS, TARGETS, TRAIN_FRAMES, UNITS
from recurrent import gradient_step as training_step
from timing import interleaved, two_threads

from keras_sep.layers import RecurrentStack
from keras_sep.layers._backend.tensorflow import blocks, stretches

RESULT = Path(__file__).parent / "results" / "recurrent_choices.md"
PRODUCTS = 200
ROWS = (1, 8, 16, 32)


def products(rows, multiply, chains):
    """Chains of products beside each other in one graph, as two directions of a layer are."""
    state, kernel = tf.random.normal((rows, UNITS)), 0.05 * tf.random.normal((UNITS, 4 * UNITS))

    @tf.function
    def run(state, kernel):
        states = [state + n for n in range(chains)]
        for _ in range(PRODUCTS):
            states = [tf.tanh(multiply(h, kernel)[:, :UNITS]) for h in states]
        return tf.add_n(states)

    return lambda: run(state, kernel).numpy()


def whole(state, kernel):
    return tf.matmul(state, kernel)


def in_parts(state, kernel):
    parts = tf.split(kernel, [3 * UNITS, UNITS], axis=1)
    return tf.concat([tf.matmul(state, part) for part in parts], axis=1)


def transposed(state, kernel):
    return tf.matmul(state, tf.reshape(kernel, (4 * UNITS, UNITS)), transpose_b=True)


def product_table(repeats):
    ways = {"whole": whole, "in two parts": in_parts, "second operand transposed": transposed}
    cells = {
        (chains, rows): interleaved(
            {name: products(rows, multiply, chains) for name, multiply in ways.items()}, repeats
        )
        for chains in (1, 2)
        for rows in ROWS
    }
    lines = [
        f"| {chains} | {name} | "
        + " | ".join(f"{cells[chains, rows][name][1] / PRODUCTS * 1e6:.0f}" for rows in ROWS)
        + " |"
        for chains in (1, 2)
        for name in ways
    ]
    columns = " | ".join(f"{rows} rows" for rows in ROWS)
    return [f"| chains | product | {columns} |", f"|---|---|{'---|' * len(ROWS)}", *lines]


def target_table(repeats):
    """Steps of networks with weights of their own: products beside each other, or batched."""

    def steps(rows, stacked):
        states = tf.random.normal((TARGETS, rows, UNITS))
        kernels = 0.05 * tf.random.normal((TARGETS, UNITS, 4 * UNITS))

        @tf.function
        def run(states, kernels):
            if stacked:
                for _ in range(PRODUCTS):
                    states = tf.tanh(tf.matmul(states, kernels)[..., :UNITS])
                return states
            states, kernels = tf.unstack(states), tf.unstack(kernels)
            for _ in range(PRODUCTS):
                pairs = zip(states, kernels, strict=True)
                states = [tf.tanh(in_parts(h, kernel)[:, :UNITS]) for h, kernel in pairs]
            return tf.stack(states)

        return lambda: run(states, kernels).numpy()

    ways = {"side by side, as here": False, "stacked, one batched product": True}
    cells = {
        rows: interleaved({name: steps(rows, way) for name, way in ways.items()}, repeats)
        for rows in ROWS
    }
    lines = [
        f"| {name} | "
        + " | ".join(f"{cells[rows][name][1] / PRODUCTS * 1e6:.0f}" for rows in ROWS)
        + " |"
        for name in ways
    ]
    columns = " | ".join(f"{rows} rows" for rows in ROWS)
    return [f"| {TARGETS} targets | {columns} |", f"|---|{'---|' * len(ROWS)}", *lines]


def training(batch):
    x = np.random.default_rng(0).normal(size=(batch, TRAIN_FRAMES, FEATURES)).astype("float32")
    stack = RecurrentStack(UNITS, LAYERS)
    stack.build(x.shape)
    return training_step(stack, tf.constant(x), False)


def inference():
    x = np.random.default_rng(0).normal(size=(1, INFERENCE_FRAMES, FEATURES)).astype("float32")
    stacks = [RecurrentStack(UNITS, LAYERS) for _ in range(TARGETS)]
    for stack in stacks:
        stack.build(x.shape)
    run = tf.function(lambda x: [stack(x) for stack in stacks])
    return lambda: [y.numpy() for y in run(tf.constant(x))]


def forget_loops():
    """Forget the loops shared by layers of one size, which have the previous value."""
    # the package's `lstm` is the function
    loops = importlib.import_module("keras_sep.layers._backend.tensorflow.lstm")
    loops._graph.cache_clear()
    loops._from_inputs.cache_clear()


def choice_table(module, name, values, jobs, repeats):
    """Median seconds of every job with `module.name` at each of the values."""

    def traced(make, value):
        forget_loops()
        with mock.patch.object(module, name, value):
            run = make()
            run()
        forget_loops()
        return run

    found = {
        job: interleaved({value: traced(make, value) for value in values}, repeats)
        for job, make in jobs.items()
    }
    lines = [
        f"| {value} | " + " | ".join(f"{found[job][value][1]:.3f}" for job in jobs) + " |"
        for value in values
    ]
    return [f"| {name} | {' | '.join(jobs)} |", f"|---|{'---|' * len(jobs)}", *lines]


def elementwise_table(repeats):
    a, b = tf.random.normal((5_000_000,)), tf.random.normal((5_000_000,))
    ways = {
        "a + b": tf.function(lambda a, b: a + b),
        "maximum(a, b)": tf.function(tf.maximum),
        "where(a > b, a, b)": tf.function(lambda a, b: tf.where(a > b, a, b)),
    }
    seconds = interleaved(
        {name: lambda f=f: f(a, b)[0].numpy() for name, f in ways.items()}, repeats
    )
    lines = [f"| `{name}` | {median * 1e3:.1f} |" for name, (_, median) in seconds.items()]
    return ["| five million numbers | ms |", "|---|---|", *lines]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=9)
    repeats = parser.parse_args().repeats
    two_threads()
    jobs = {
        "training, batch 16": lambda: training(16),
        "training, batch 1": lambda: training(1),
        "inference": inference,
    }
    frames = choice_table(blocks, "FRAMES", (1, 4, 8), jobs, repeats)
    most = choice_table(
        stretches, "MOST_ROWS", (1, 4, 8, 16, 32), {"inference": inference}, repeats
    )
    lines = [
        "# Choices in the LSTM's loops",
        "",
        f"Made by `benchmarks/recurrent_choices.py`: medians of {repeats}, two threads, candidates",
        "in turn in one process, no jit. Layers as in [recurrent.md](recurrent.md).",
        "",
        f"State, by number of rows, times a kernel of {UNITS} x {4 * UNITS}, microseconds",
        f"each, of {PRODUCTS} one after the other, in one chain and in two beside each other (a",
        "pair counts once); a tanh goes with each:",
        "",
        *product_table(repeats),
        "",
        "Steps of several targets' networks, each with a kernel of its own, microseconds:",
        "",
        *target_table(repeats),
        "",
        "Frames in a turn of the loop (`blocks.FRAMES`), seconds:",
        "",
        *frames,
        "",
        "Rows that stretches of one recording are spread over (`stretches.MOST_ROWS`; 1 is the",
        "plain loop), seconds:",
        "",
        *most,
        "",
        "Elementwise operations:",
        "",
        *elementwise_table(repeats),
    ]
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
