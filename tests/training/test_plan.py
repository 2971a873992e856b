"""What a training will cost, counted and measured."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from small_runs import small_recipe

from keras_sep import layers, training
from keras_sep.training._graph_cost import graph_cost

SIZE = 3 * 7 * 11 * 4  # bytes of the tensors below


def graph(function, *shapes):
    specs = [tf.TensorSpec(shape, tf.float32) for shape in shapes]
    return tf.function(function).get_concrete_function(*specs).graph


def test_products_and_convolutions_are_those_of_the_profiler():
    """TensorFlow's own count, which knows no batched products."""

    def forward(x, kernel, taps, weights):
        y = tf.nn.conv2d(x, kernel, 2, "SAME")
        z = tf.nn.depthwise_conv2d(x, taps, [1, 1, 1, 1], "VALID")
        return y, z, tf.matmul(weights, weights, transpose_a=True)

    shapes = (2, 17, 13, 5), (3, 5, 5, 7), (3, 3, 5, 2), (19, 23)
    traced = graph(forward, *shapes)
    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    options["output"] = "none"
    wanted = tf.compat.v1.profiler.profile(traced, options=options).total_float_ops
    assert graph_cost(traced).flops == wanted

    def with_gradients(*tensors):
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            y = forward(*tensors)
        return y, tape.gradient(y, tensors)

    # one product more in each operand, of as many numbers
    assert graph_cost(graph(with_gradients, *shapes)).flops == 3 * wanted


def test_batched_products_and_transforms():
    traced = graph(lambda a, b: tf.einsum("...ij,...jk->...ik", a, b), (3, 5, 7, 11), (3, 5, 11, 2))
    cost = graph_cost(traced)
    assert cost.flops == 2 * 3 * 5 * 7 * 11 * 2
    assert cost.bytes == 4 * 3 * 5 * (7 * 11 + 11 * 2 + 7 * 2)
    traced = graph(lambda a, b: tf.matmul(a, b, adjoint_b=True), (3, 7, 11), (3, 2, 11))
    assert graph_cost(traced).flops == 2 * 3 * 7 * 11 * 2
    assert graph_cost(graph(tf.signal.rfft, (3, 64))).flops == 2.5 * 3 * 64 * 6


def test_a_recurrence_costs_its_products_in_every_frame():
    """Of both kernels, and twice that for the gradients in inputs and kernels."""
    network = layers.LSTM(5, return_sequences=True)
    network.build((2, 7, 3))
    seeds = [variable.value for variable in network.non_trainable_variables]

    def run(x, *weights):
        with tf.GradientTape() as tape:
            tape.watch(weights)
            y, _ = network.stateless_call(weights, seeds, x)
        return y, tape.gradient(y, weights)

    with layers.loops_of_keras():
        cost = graph_cost(graph(run, (2, 7, 3), (3, 20), (5, 20), (20,)))
    inputs, state = 2 * 7 * 2 * 3 * 4 * 5, 2 * 7 * 2 * 5 * 4 * 5
    assert 2 * inputs + 3 * state <= cost.flops <= 3 * (inputs + state)
    assert not cost.unknown


def test_what_is_alive_at_once():
    def chain(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x
            for _ in range(5):
                y = tf.exp(y)  # whose gradient needs its result
        return tape.gradient(y, x)

    # five results, in the place of which the gradient goes back
    assert graph_cost(graph(chain, (3, 7, 11))).peak_bytes == 5 * SIZE

    def straight(x):
        for _ in range(5):
            x = tf.reshape(tf.exp(x) * 2.0, (7, 3, 11))
        return x

    assert graph_cost(graph(straight, (3, 7, 11))).peak_bytes == SIZE  # each in the one before


def test_a_recipe_without_and_with_data(album, tmp_path):
    recipe = small_recipe(ema_momentum=0.9, time_limit_seconds=7200.0)
    document = training.plan(recipe)
    network = training.build_network(recipe)
    optimizer = training.build_optimizer(recipe)
    optimizer.build(network.trainable_variables)
    memory = document["memory_bytes"]
    nbytes = [sum(np.asarray(v).nbytes for v in group) for group in
              (network.variables, network.trainable_variables, optimizer.variables)]  # fmt: skip
    assert document["parameters"] == network.count_params()
    assert memory["weights"] == nbytes[0]
    assert memory["gradients"] == memory["average"] == nbytes[1]
    scalars = 64  # counts of steps, and the learning rate
    assert 0 <= nbytes[2] - memory["optimizer"] - memory["average"] <= scalars
    assert memory["total"] == sum(memory.values()) - memory["total"]
    assert (document["left_out"], "measured" in document) == ([], False)

    many = dataclasses.replace(recipe, fit=dataclasses.replace(recipe.fit, batch_size=12))
    larger = training.plan(many)
    assert larger["step_flops"] == pytest.approx(3 * document["step_flops"], rel=0.02)
    assert larger["memory_bytes"]["activations"] > 2 * memory["activations"]

    speed = training.plan(recipe, album, seconds=0.05)["measured"]
    assert speed["steps_per_epoch"] == 2  # four excerpts of each of two tracks
    assert speed["items_per_second"] == pytest.approx(4 / speed["pipeline_seconds_per_batch"])
    assert speed["limited_by"] in ("data", "step")
    assert speed["peak_bytes"] is None or speed["peak_bytes"] > 0
    epoch = 2 * speed["seconds_per_step_of_both"] + speed["validation_seconds"]
    assert speed["hours"] == pytest.approx(min(2 * epoch, 7200) / 3600)
