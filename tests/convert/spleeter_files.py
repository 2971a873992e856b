"""Checkpoints in Spleeter's form, written by TensorFlow's own writer."""

import numpy as np
import tensorflow as tf

from keras_sep import zoo

SMALL = {"bins": 17, "bandwidth_bins": 12, "window_frames": 8}
FILTERS = (3, 5)


def network(stems, **kwargs):
    """A small network of the zoo with random weights everywhere."""
    model = zoo.spleeter_unet(variant=f"{stems}stems", filters=FILTERS, **SMALL, **kwargs)
    rng = np.random.default_rng(stems)
    for weight in model.weights:
        value = rng.normal(0, 0.5, weight.shape)
        weight.assign(rng.uniform(0.5, 2, weight.shape) if "variance" in weight.name else value)
    return model


def tensors_of(model):
    """Its weights under TensorFlow's names, numbered through all targets as Spleeter makes them."""
    inner, made, tensors = model.get_layer("masks").network, {}, {}

    def put(kind, layer, parts, size=None):
        n = made[kind] = made.get(kind, -1) + 1
        values = layer.get_weights() if layer else [np.zeros(size)] * len(parts)
        name = f"{kind}_{n}" if n else kind
        tensors.update({f"{name}/{part}": v for part, v in zip(parts, values, strict=True)})

    norm = ("gamma", "beta", "moving_mean", "moving_variance")
    weights = ("kernel", "bias")
    for target in model.facts.arguments["targets"]:
        for n, size in enumerate(FILTERS, 1):
            put("conv2d", inner.get_layer(f"{target}_encoder_{n}"), weights)
            unused = n == len(FILTERS)
            layer = None if unused else inner.get_layer(f"{target}_encoder_{n}_norm")
            put("batch_normalization", layer, norm, size)
        for n in range(1, len(FILTERS) + 1):
            put("conv2d_transpose", inner.get_layer(f"{target}_decoder_{n}"), weights)
            put("batch_normalization", inner.get_layer(f"{target}_decoder_{n}_norm"), norm)
        put("conv2d", inner.get_layer(f"{target}_mask"), weights)
    tensors = {name: np.asarray(value, "float32") for name, value in tensors.items()}
    return {**tensors, "global_step": np.int64(900_000)}


def write(folder, tensors):
    """`model.index` and its numbers; returns the path of the index."""
    tf.raw_ops.SaveV2(
        prefix=str(folder / "model"),
        tensor_names=list(tensors),
        shape_and_slices=[""] * len(tensors),
        tensors=[tf.constant(value) for value in tensors.values()],
    )
    return folder / "model.index"
