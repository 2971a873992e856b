"""A TensorFlow function as an ONNX graph, by tf2onnx."""

import logging
from collections import OrderedDict
from typing import Any

import numpy as np

from keras_sep.export._onnx_recurrence import convert_recurrence

OPSET = 18


def onnx_graph(function: Any, name: str) -> Any:
    """The ONNX model of a concrete function whose inputs and outputs are named."""
    import tensorflow as tf
    import tf2onnx
    from tf2onnx import optimizer, tf_loader, tf_utils

    inputs = [x for x in function.inputs if x.dtype != tf.resource]
    outputs = list(function.outputs)
    names = tf2onnx.convert.tensor_names_from_structed(
        function, [x.name for x in inputs], [x.name for x in outputs]
    )
    # it warns of outputs without a shape that nobody reads
    logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)
    inputs, outputs = [x.name for x in inputs], [x.name for x in outputs]
    with tf.device("/cpu:0"):
        # large weights are copied as little as can be: half a dozen times are gigabytes
        frozen = tf_loader.from_function(function, inputs, outputs, large_model=True)
        with tf.Graph().as_default():
            frozen = tf_loader.tf_optimize(inputs, outputs, frozen)
        frozen = tf_loader.fix_freezing_errors_part2(frozen)
        weights = tf_utils.compress_graph_def(frozen)
        with tf.Graph().as_default() as graph:
            tf.import_graph_def(frozen, name="")
            converted = tf2onnx.tfonnx.process_tf_graph(
                graph,
                opset=OPSET,
                custom_op_handlers={name: (convert, []) for name, convert in CONVERTERS.items()},
                input_names=inputs,
                output_names=outputs,
                tensors_to_rename=names,
                const_node_values=weights,
            )
            converted.update_proto = lambda *_: None  # each copies all weights, and frees none
            converted = optimizer.optimize_graph(converted, False, _optimizers())
    del converted.update_proto  # the class's own
    model = converted.make_model(name)
    _take_zeros_for_zeros(model)
    return model


def _take_zeros_for_zeros(model: Any) -> None:
    """Have shapes that the graph computes mean what they say, also where an axis is empty.

    By default a zero in the shape of ONNX's `Reshape` stands for the length of the input's axis.
    """
    from onnx import helper

    constants = {tensor.name for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Reshape" and node.input[1] not in constants:
            node.attribute.append(helper.make_attribute("allowzero", 1))


def _optimizers() -> dict[str, Any]:
    """Those of tf2onnx that help here.

    Its `ReshapeOptimizer` writes shapes that depend on what they reshape, which its
    `BackToBackOptimizer` does not heed. Its `TransposeOptimizer` takes a third of the time of an
    export, and ONNX Runtime moves transpositions itself when it loads a file.
    """
    from tf2onnx import optimizer

    return OrderedDict(
        constants=optimizer.ConstFoldOptimizer,
        duplicates=optimizer.MergeDuplicatedNodesOptimizer,
        identities=optimizer.IdentityOptimizer,
        pairs=optimizer.BackToBackOptimizer,
    )


def _convert_erfc(ctx: Any, node: Any, name: str, args: Any) -> None:
    """1 - erf(x)."""
    one = ctx.make_const(f"{name}/one", np.float32(1.0)).output[0]
    erf = ctx.make_node("Erf", node.input, shapes=node.output_shapes, dtypes=node.output_dtypes)
    _replace(ctx, node, "Sub", [one, erf.output[0]])


def _convert_floor_division(ctx: Any, node: Any, name: str, args: Any) -> None:
    """(a - a mod b) / b of integers: ONNX's own division rounds towards zero."""
    kinds = {"shapes": node.output_shapes, "dtypes": node.output_dtypes}
    a, b = node.input
    if _is_real(ctx, a):
        ratio = ctx.make_node("Div", [a, b], **kinds).output
        _replace(ctx, node, "Floor", ratio)
        return
    rest = ctx.make_node("Mod", [a, b], **kinds).output[0]
    whole = ctx.make_node("Sub", [a, rest], **kinds).output[0]
    _replace(ctx, node, "Div", [whole, b])


def _convert_floor_modulo(ctx: Any, node: Any, name: str, args: Any) -> None:
    """ONNX's remainder of integers, which has the sign of the divisor, as TensorFlow's does."""
    a, b = node.input
    if not _is_real(ctx, a):
        _replace(ctx, node, "Mod", [a, b])
        return
    kinds = {"shapes": node.output_shapes, "dtypes": node.output_dtypes}
    ratio = ctx.make_node("Div", [a, b], **kinds).output
    times = ctx.make_node("Floor", ratio, **kinds).output[0]
    whole = ctx.make_node("Mul", [times, b], **kinds).output[0]
    _replace(ctx, node, "Sub", [a, whole])


def _convert_rfft(ctx: Any, node: Any, name: str, args: Any) -> None:
    """ONNX's `DFT` along the last axis, whose real and imaginary parts are one more axis."""
    shape = node.output_shapes[0]
    axes = ctx.make_const(f"{name}/axes", np.array([len(shape)], "int64")).output[0]
    waves = ctx.make_node("Unsqueeze", [node.input[0], axes]).output
    outputs = node.output
    ctx.remove_node(node.name)
    kinds = {"shapes": [[*shape, 2]], "dtypes": [ctx.get_dtype(waves[0])]}
    attributes = {"axis": len(shape) - 1, "onesided": 1}
    ctx.make_node("DFT", waves, attributes, outputs=outputs, **kinds)


def _convert_part(ctx: Any, node: Any, name: str, args: Any) -> None:
    """The real or the imaginary part of what `_convert_rfft` makes."""
    part = ctx.make_const(f"{name}/part", np.int64(node.type == "Imag")).output[0]
    shapes, outputs = node.output_shapes, node.output
    spectrum = node.input[0]
    ctx.remove_node(node.name)
    kinds = {"shapes": shapes, "dtypes": [ctx.get_dtype(spectrum)]}
    ctx.make_node("Gather", [spectrum, part], {"axis": len(shapes[0])}, outputs=outputs, **kinds)


def _is_real(ctx: Any, tensor: str) -> bool:
    from onnx import TensorProto

    kinds = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE)
    return ctx.get_dtype(tensor) in kinds


def _replace(ctx: Any, node: Any, operator: str, inputs: list[str]) -> None:
    """Put an operator in the place of a node of one output."""
    shapes, dtypes, outputs = node.output_shapes, node.output_dtypes, node.output
    ctx.remove_node(node.name)
    ctx.make_node(operator, inputs, outputs=outputs, shapes=shapes, dtypes=dtypes)


# what tf2onnx does not know, or takes for something else
CONVERTERS = {
    "CudnnRNNV3": convert_recurrence,
    "Erfc": _convert_erfc,
    "FloorDiv": _convert_floor_division,
    "FloorMod": _convert_floor_modulo,
    "Imag": _convert_part,
    "RFFT": _convert_rfft,
    "Real": _convert_part,
}
