"""Blocks whose gradients take cheap values again instead of keeping them."""

import keras
import numpy as np
import pytest

from keras_sep import layers

BLOCKS = {
    "rotary_transformer_block": (
        lambda: layers.RotaryTransformerBlock(heads=2, head_size=4, hidden=32, axis=2),
        (2, 11, 5, 8),
        1,  # the hidden features before the GELU
    ),
    "tfc_tdf_block": (lambda: layers.TFCTDFBlock(filters=6), (2, 11, 16, 6), 4),  # the inputs
}
pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="reads graphs of TensorFlow"
)


def graph_of_gradients(layer, shape, training):
    """A graph from an input to the gradients of the loss, and these of one input."""
    import tensorflow as tf

    rng = np.random.default_rng(0)
    x, weights = rng.normal(size=(2, *shape)).astype("float32")

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(weights * layer(x, training=training))
        return tape.gradient(loss, [x, *layer.trainable_variables])

    return step.get_concrete_function(tf.TensorSpec(shape)).graph, step(x)


def kept(graph, least):
    """Tensors of at least so many numbers that the gradient reads and did not make itself."""
    shapes_alone = ("Reshape", "Identity", "IdentityN", "EnsureShape", "StopGradient")
    of_gradient, found = set(), {}
    for operation in graph.get_operations():  # each after those that it reads
        named = operation.name.startswith("gradient_tape")
        if not named and not of_gradient.intersection(x.op.name for x in operation.inputs):
            continue
        of_gradient.add(operation.name)
        for x in operation.inputs:
            while x.op.type in shapes_alone and x.op.name not in of_gradient:
                x = x.op.inputs[x.op.outputs.index(x)]
            first = x.op.name not in of_gradient and x.op.type not in ("Const", "Placeholder")
            if first and x.dtype.is_floating and x.shape.num_elements() >= least:
                found[x.name] = x.shape
    return found


@pytest.mark.parametrize("name", BLOCKS)
def test_equal_gradients(name):
    make, shape, _ = BLOCKS[name]
    block = make()
    block.build(shape)
    (_, again), (_, from_kept) = (graph_of_gradients(block, shape, x) for x in (True, False))
    for ours, theirs in zip(again, from_kept, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", BLOCKS)
def test_what_is_kept(name):
    make, shape, most = BLOCKS[name]
    block = make()
    block.build(shape)
    graph, _ = graph_of_gradients(block, shape, True)
    wide = np.prod(shape) if name == "tfc_tdf_block" else np.prod(shape[:-1]) * 32
    assert len(kept(graph, wide)) <= most, kept(graph, wide)
    graph, _ = graph_of_gradients(block, shape, False)
    assert len(kept(graph, wide)) > most  # or this test sees nothing
