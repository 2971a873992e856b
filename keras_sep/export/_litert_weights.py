"""The weights of a LiteRT file in half of their bits."""

from typing import Any

import numpy as np

LEAST = 1024  # numbers in a weight for which fewer bits are worth an operation


def with_half_weights(content: bytes) -> bytes:
    """The flatbuffer with its large weights in float16, which an operation makes float32 of again.

    The converter's own float16 is for all constants: small ones, as what keeps a division from
    zero, are zero then.
    """
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(content, 0)
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.DEQUANTIZE
    code.version = 3  # the first that takes float16
    model.operatorCodes.append(code)
    halves: dict[int, int] = {}  # the buffer of each weight, by that of its float32
    for graph in model.subgraphs:
        read = {index for operator in graph.operators for index in operator.inputs}
        added = []
        for index in sorted(read & {*range(len(graph.tensors))}):
            tensor = graph.tensors[index]
            values = _weight(model, tensor, schema)
            if values is None:
                continue
            if tensor.buffer not in halves:
                halves[tensor.buffer] = len(model.buffers)
                model.buffers.append(_buffer(values.astype("float16"), schema))
            half = schema.TensorT()
            half.name, half.shape = tensor.name + b"/float16", tensor.shape
            half.type, half.buffer = schema.TensorType.FLOAT16, halves[tensor.buffer]
            operator = schema.OperatorT()
            operator.opcodeIndex = len(model.operatorCodes) - 1
            operator.inputs, operator.outputs = [len(graph.tensors)], [index]
            graph.tensors.append(half)
            tensor.buffer = 0  # the empty one
            added.append(operator)
        graph.operators = [*added, *graph.operators]
    for buffer in halves:
        model.buffers[buffer].data = None
    builder = flatbuffers.Builder(len(content))
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def _weight(model: Any, tensor: Any, schema: Any) -> Any:
    """The numbers of a constant of float32 that is worth it, or None."""
    data = model.buffers[tensor.buffer].data
    if tensor.type != schema.TensorType.FLOAT32 or data is None or len(data) < 4 * LEAST:
        return None
    return np.asarray(data, "uint8").view("float32")


def _buffer(values: np.ndarray, schema: Any) -> Any:
    buffer = schema.BufferT()
    buffer.data = values.view("uint8")
    return buffer
