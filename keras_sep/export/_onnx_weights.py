"""The weights of an ONNX graph in fewer bits."""

from typing import Any

import numpy as np

LEAST = 1024  # numbers in a weight for which fewer bits are worth a node


def with_weights(model: Any, weights: str) -> None:
    """Put the large weights of a model, float32, into "float16" or "int8".

    A node behind each makes float32 of it again, which ONNX Runtime runs once, or fuses. Integers
    have a scale for every output feature, so that the largest is 127.
    """
    import onnx
    from onnx import helper, numpy_helper

    graph = model.graph
    users: dict[str, list[Any]] = {}
    for node in graph.node:
        for name in node.input:
            users.setdefault(name, []).append(node)
    nodes = []
    for tensor in list(graph.initializer):
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < LEAST or not users.get(tensor.name):
            continue
        axis = _feature_axis(users[tensor.name][0], tensor.name, values.ndim)
        if axis is None:
            continue
        stored = f"{tensor.name}/{weights}"
        if weights == "float16":
            added = [numpy_helper.from_array(values.astype("float16"), stored)]
            node = helper.make_node("Cast", [stored], [tensor.name], to=onnx.TensorProto.FLOAT)
        else:
            others = tuple(n for n in range(values.ndim) if n != axis)
            scale = np.maximum(np.abs(values).max(axis=others), 1e-12) / 127
            shape = [-1 if n == axis else 1 for n in range(values.ndim)]
            rounded = np.rint(values / scale.reshape(shape)).astype("int8")
            added = [
                numpy_helper.from_array(rounded, stored),
                numpy_helper.from_array(scale.astype("float32"), f"{stored}/scale"),
            ]
            inputs = [stored, f"{stored}/scale"]
            node = helper.make_node("DequantizeLinear", inputs, [tensor.name], axis=axis)
        graph.initializer.remove(tensor)
        graph.initializer.extend(added)
        nodes.append(node)
    for node in reversed(nodes):
        graph.node.insert(0, node)


def _feature_axis(node: Any, name: str, axes: int) -> int | None:
    """The axis of the output features of a weight, as its first user reads it."""
    if node.op_type in ("MatMul", "Gemm"):
        return axes - 1
    if node.op_type == "Conv":
        return 0
    if node.op_type == "ConvTranspose":
        return 1
    if node.op_type in ("LSTM", "GRU") and list(node.input).index(name) in (1, 2):
        return 1
    return None
