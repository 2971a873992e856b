"""Files as the authors of DTLN publish them: of Keras 2, a group for every layer."""

import h5py
import numpy as np

NAMES = {
    "lstm": ("kernel", "recurrent_kernel", "bias"),
    "dense": ("kernel", "bias"),
    "norm": ("gamma", "beta"),
    "conv1d": ("kernel",),
}
SIZES = {"frame_length": 32, "hop_length": 8, "filters": 7, "units": 5}


def layers(logarithms, frame_length=32, filters=7, units=5, seed=0):
    """Random weights: pairs of the kind of a layer and its arrays, in the order of the network."""
    rng = np.random.default_rng(seed)
    bins = frame_length // 2 + 1

    def of(*shape):
        return rng.normal(size=shape).astype("float32") / max(1, shape[0]) ** 0.5

    def norm(size):
        return [1 + of(size), of(size)]

    def stack(inputs):
        for features in (inputs, units):
            weights = [of(features, 4 * units), of(units, 4 * units), of(4 * units)]
            yield "lstm", weights

    return [
        *([("norm", norm(bins))] if logarithms else []),
        *stack(bins),
        ("dense", [of(units, bins), of(bins)]),
        ("conv1d", [of(1, frame_length, filters)]),
        ("norm", norm(filters)),
        *stack(filters),
        ("dense", [of(units, filters), of(filters)]),
        ("conv1d", [of(1, filters, frame_length)]),
    ]


def write(path, weights, cells=True, first=0):
    """A file of these layers; older ones have no cells, later processes higher numbers."""
    counts = {}
    with h5py.File(path, "w") as file:
        file.attrs["backend"], file.attrs["keras_version"] = "tensorflow", "2.3.0-tf"
        for kind, arrays in weights:
            name = "instant_layer_normalization" if kind == "norm" else kind
            number = counts.setdefault(kind, first)
            counts[kind] += 1
            layer = f"{name}_{number}" if number else name
            group = file.create_group(layer)
            cell = f"lstm_cell_{number}/" if kind == "lstm" and cells else ""
            for weight, array in zip(NAMES[kind], arrays, strict=True):
                group.create_dataset(f"{layer}/{cell}{weight}:0", data=array)
        file.create_group("dropout")
