"""Activation checkpointing: blocks keep their inputs and are computed again for the gradient."""

from typing import Any

import keras

from keras_sep._keras import sublayers


def checkpointed(network: keras.Model) -> int:
    """Have a network's composite layers compute their results again in the gradient.

    In training, a layer that has others within keeps its inputs only. Dropout draws the same
    numbers again. Layers that update variables of theirs, as batch normalisation does, are left as
    they are. `keras.RematScope` does not do it: on TensorFlow its layers cannot be called with
    `training=` in a compiled step.

    Args:
        network: Functional model.

    Returns:
        The number of layers that were changed.

    Raises:
        ValueError: If Keras does not run on the TensorFlow backend.

    Reference: Chen et al., "Training deep nets with sublinear memory cost", 2016.
    """
    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            "`fit.checkpointing` must be false on backends other than TensorFlow. "
            f"Received: backend {keras.backend.backend()}"
        )
    changed = 0
    for layer in network.layers:
        seeds = _seeds(layer)
        others = [v for v in layer.non_trainable_variables if all(v is not s for s in seeds)]
        if layer.trainable_variables and _composite(layer) and not others:
            layer.call = _again(layer.call, seeds)
            changed += 1
    return changed


def _composite(layer: keras.Layer) -> bool:
    return len(list(sublayers(layer))) > 1


def _seeds(layer: keras.Layer) -> list[Any]:
    weights = {id(weight) for weight in layer.weights}
    return [variable for variable in layer.variables if id(variable) not in weights]


def _again(call: Any, seeds: list[Any]) -> Any:
    """A layer's `call`, whose gradient calls it again with the same seeds."""
    import tensorflow as tf

    def recomputed(*inputs: Any, **others: Any) -> Any:
        # gradients go through positional arguments only
        tensors = any(hasattr(value, "shape") for value in keras.tree.flatten(others))
        if not others.get("training") or tensors:
            return call(*inputs, **others)
        states = [tf.convert_to_tensor(seed.value) for seed in seeds]

        drawn: list[Any] = []  # the states after the forward pass, which comes first

        @tf.recompute_grad
        def run(inputs: Any, states: Any) -> Any:
            mapping = list(zip(seeds, states, strict=True))
            with keras.StatelessScope(state_mapping=mapping) as scope:
                outputs = call(*inputs, **others)
            if not drawn:
                drawn.extend(scope.get_current_value(seed) for seed in seeds)
            return outputs

        outputs = run(inputs, states)
        for seed, state, after in zip(seeds, states, drawn, strict=True):
            inside = getattr(after, "graph", None) is not getattr(state, "graph", None)
            # what a loop has drawn stays in its graph
            seed.assign(state + tf.constant([0, 1], state.dtype) if inside else after)
        return outputs

    return recomputed
