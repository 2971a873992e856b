"""What a traced TensorFlow function computes, moves and keeps, counted from its graph."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from keras_sep._tensorflow import tf

# outputs that are their first input under another name
_ALIASES = frozenset((
    "Identity", "IdentityN", "Reshape", "Squeeze", "ExpandDims", "StopGradient",
    "PreventGradient", "EnsureShape",
))  # fmt: skip
# what reads only shapes, which the runtime knows before it begins
_OF_SHAPES = frozenset((
    "Shape", "ShapeN", "Size", "Rank", "ZerosLike", "OnesLike", "BroadcastGradientArgs",
))  # fmt: skip
# elementwise operations, whose result may take the place of an input that nothing else needs
_IN_PLACE = frozenset((
    "Abs", "Add", "AddN", "AddV2", "BiasAdd", "Cast", "Elu", "EluGrad", "Erf", "Exp", "Log",
    "Maximum", "Minimum", "Mul", "Neg", "Pow", "RealDiv", "Relu", "Relu6", "ReluGrad", "Rsqrt",
    "RsqrtGrad", "SelectV2", "Sigmoid", "SigmoidGrad", "Softmax", "Sqrt", "SqrtGrad", "Square",
    "SquaredDifference", "Sub", "Tanh", "TanhGrad",
))  # fmt: skip
_CALLS = frozenset((
    "PartitionedCall", "StatefulPartitionedCall",
))  # fmt: skip
_LOOPS = frozenset((
    "While", "StatelessWhile",
))  # fmt: skip
_SHAPELESS = (tf.variant, tf.resource, tf.string)
_NO_MEMORY = frozenset((
    "Const", "Placeholder", "NoOp", "ReadVariableOp",
))  # fmt: skip


@dataclass
class GraphCost:
    """Costs of one run.

    Args:
        flops: Floating-point operations of matrix products and convolutions, two for each
            multiplication and addition, and of Fourier transforms.
        bytes: Bytes of those operations' inputs and outputs, each read or written once.
        peak_bytes: Largest sum of the results that are needed at the same time, arguments and
            constants apart.
        lists: Bytes of each output that is a list of tensors.
        unknown: Types of the operations whose size, or number of runs, the graph does not say.
    """

    flops: float = 0
    bytes: float = 0
    peak_bytes: float = 0
    lists: dict[int, float] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)


def graph_cost(graph: Any, arguments: Sequence[Any] = ()) -> GraphCost:
    """Count what a graph costs, in the order in which it was traced.

    Args:
        graph: Graph of a concrete function, whose shapes are known.
        arguments: Values of its arguments as far as they are known, None for the others.
    """
    library = {one.signature.name: one for one in graph.as_graph_def().library.function}
    return _Walk(graph, arguments, library).cost


class _Walk:
    """One pass over a graph, with the tensors that are alive."""

    def __init__(self, graph: Any, arguments: Sequence[Any], library: Mapping[str, Any]) -> None:
        self.cost = GraphCost()
        self.library = library
        self.loops: list[GraphCost] = []
        self.known = dict(zip(map(_key, graph.inputs), arguments, strict=False))
        self.roots: dict[str, str] = {}
        self.sizes: dict[str, float] = {}
        operations = _needed(graph)
        outputs = {self._root_later(tensor) for tensor in graph.outputs}
        self.last = self._last_uses(operations)
        alive = 0.0
        self.roots = {}
        for place, operation in enumerate(operations):
            made = self._made(operation)
            transient, lists = self._run(operation)
            for tensor, kept in zip(operation.outputs, lists, strict=True):
                self.sizes[_key(tensor)] = made.get(_key(tensor), 0.0) + kept
            ending = [
                root
                for root in {self._root(tensor) for tensor in operation.inputs}
                if self.last.get(root) == place and root not in outputs
            ]
            new = sum(self.sizes[_key(tensor)] for tensor in operation.outputs)
            freed = sum(self.sizes.get(root, 0.0) for root in ending)
            if operation.type in _IN_PLACE and new in [self.sizes.get(root) for root in ending]:
                self.cost.peak_bytes = max(self.cost.peak_bytes, alive)
            else:
                self.cost.peak_bytes = max(self.cost.peak_bytes, alive + max(new, transient))
            alive += new - freed
            unused = [_key(t) for t in operation.outputs if self._root(t) == _key(t)]
            for key in unused:
                if key not in self.last and key not in outputs:
                    alive -= self.sizes[key]
        for place, tensor in enumerate(graph.outputs):
            self.cost.lists[place] = (
                self.sizes.get(self._root(tensor), 0.0) if tensor.dtype == tf.variant else 0.0
            )

    def _root_later(self, tensor: Any) -> str:
        while tensor.op.type in _ALIASES:
            tensor = tensor.op.inputs[tensor.value_index if tensor.op.type == "IdentityN" else 0]
        return _key(tensor)

    _root = _root_later

    def _last_uses(self, operations: Sequence[Any]) -> dict[str, int]:
        last = {}
        for place, operation in enumerate(operations):
            if operation.type not in _OF_SHAPES:
                for tensor in operation.inputs:
                    last[self._root(tensor)] = place
        return last

    def _made(self, operation: Any) -> dict[str, float]:
        """Bytes of the tensors that an operation makes."""
        if operation.type in _ALIASES or operation.type in _NO_MEMORY:
            return {}
        return {_key(tensor): self._size(tensor) for tensor in operation.outputs}

    def _size(self, tensor: Any) -> float:
        if tensor.dtype in _SHAPELESS:
            return 0.0
        if not tensor.shape.is_fully_defined():
            return 0.0
        return float(tensor.shape.num_elements() * tensor.dtype.size)

    def _run(self, operation: Any) -> tuple[float, list[float]]:
        """Add an operation's arithmetic; return its own peak in bytes, and those of its lists."""
        kind, outputs = operation.type, operation.outputs
        if kind in _CALLS or kind in _LOOPS:
            return self._call(operation)
        if kind in ("If", "StatelessIf"):
            self.cost.unknown.add(kind)
        lists = [0.0] * len(outputs)
        if kind in ("TensorListPushBack", "TensorListSetItem"):
            lists[0] = self._size(operation.inputs[1 if kind == "TensorListPushBack" else 2])
            # what the loop's runs add up to is known by the loop
            lists[0] += self.sizes.get(self._root(operation.inputs[0]), 0.0)
        elif kind == "TensorListPopBack":
            lists[0] = self.sizes.get(self._root(operation.inputs[0]), 0.0)
        flops = _flops(operation)
        if flops is None:
            self.cost.unknown.add(kind)
        elif flops:
            self.cost.flops += flops
            self.cost.bytes += sum(map(self._size, (*operation.inputs, *outputs)))
        return 0.0, lists

    def _call(self, operation: Any) -> tuple[float, list[float]]:
        values = [self._value(tensor) for tensor in operation.inputs]
        loop = operation.type in _LOOPS
        body = self._function(operation, "body" if loop else "f")
        inner = _Walk(body, () if loop else values, self.library).cost
        times: float = 1
        if loop:
            found = _times(self._function(operation, "cond"), body, values)
            if found is None:
                inner.unknown.add(operation.type)
            times = found or 1
            for place, tensor in enumerate(operation.outputs):
                step = _step(body, place) if tensor.dtype.is_integer else None
                if step is not None and values[place] is not None:
                    self.known[_key(tensor)] = values[place] + times * step
            inner.flops, inner.bytes = times * inner.flops, times * inner.bytes
            if inner.unknown & _COUNTS.keys() and self.loops:
                # a gradient, whose graph does not say its sizes: two products for each
                forward = self.loops.pop()
                inner.flops, inner.bytes = 2 * forward.flops, 2 * forward.bytes
                inner.unknown.clear()
            elif inner.flops:
                self.loops.append(inner)
        self.cost.flops += inner.flops
        self.cost.bytes += inner.bytes
        self.cost.unknown |= inner.unknown
        lists = [times * inner.lists.get(place, 0.0) for place in range(len(operation.outputs))]
        return inner.peak_bytes + sum(lists), lists

    def _function(self, operation: Any, attribute: str) -> Any:
        """Graph of a function that an operation calls, for the shapes of its inputs."""
        from tensorflow.python.framework.function_def_to_graph import function_def_to_graph

        definition = self.library[operation.get_attr(attribute).name]
        shapes = [tensor.shape for tensor in operation.inputs]
        return function_def_to_graph(definition, input_shapes=shapes)

    def _value(self, tensor: Any) -> Any:
        if _key(tensor) in self.known:
            return self.known[_key(tensor)]
        return _constant(tensor)


def _constant(tensor: Any) -> Any:
    """Value of a tensor that the graph alone decides, such as a size; None of others."""
    value = tf.get_static_value(tensor)
    if value is None and tensor.dtype.is_integer:
        from tensorflow.python.framework.tensor_util import try_evaluate_constant

        value = try_evaluate_constant(tensor)
    return value


def _key(tensor: Any) -> str:
    return tensor.name


def _needed(graph: Any) -> list[Any]:
    """The operations that outputs depend on, as the runtime leaves out the others."""
    todo = [tensor.op for tensor in graph.outputs] + list(getattr(graph, "control_outputs", ()))
    seen = set()
    while todo:
        operation = todo.pop()
        if operation.name not in seen:
            seen.add(operation.name)
            todo += [tensor.op for tensor in operation.inputs] + list(operation.control_inputs)
    return [operation for operation in graph.get_operations() if operation.name in seen]


def _times(condition: Any, body: Any, values: Sequence[Any]) -> float | None:
    """Number of runs of a loop that counts up to a limit; None if it is not known."""
    found = []
    places = {_key(tensor): place for place, tensor in enumerate(condition.inputs)}
    for less in condition.get_operations():
        if less.type != "Less":
            continue
        counter, limit = less.inputs
        place = places.get(_key(counter))
        last = _constant(limit)
        if last is None and _key(limit) in places:
            last = values[places[_key(limit)]]
        if place is None or last is None or values[place] is None:
            continue
        step = _step(body, place)
        if step and last > values[place]:
            found.append(math.ceil((float(last) - float(values[place])) / step))
    return min(found) if found else None


def _step(body: Any, place: int) -> float | None:
    """By how much a loop adds to a counter in each run."""
    tensor = body.outputs[place]
    while tensor.op.type in _ALIASES:
        tensor = tensor.op.inputs[0]
    if tensor.op.type not in ("AddV2", "Add"):
        return None
    numbers = [_constant(one) for one in tensor.op.inputs]
    known = [float(one) for one in numbers if one is not None]
    return known[0] if len(known) == 1 else None


def _flops(operation: Any) -> float | None:
    """Floating-point operations of a product, a convolution or a transform; 0 of others."""
    count = _COUNTS.get(operation.type)
    if count is None:
        return 0.0
    tensors = (*operation.inputs, *operation.outputs)
    if not all(tensor.shape.is_fully_defined() for tensor in tensors):
        return None
    return float(count(operation))


def _product(operation: Any) -> float:
    names = ("transpose_a",) if operation.type == "MatMul" else ("adj_x",)
    shape = operation.inputs[0].shape
    return (
        2
        * operation.outputs[0].shape.num_elements()
        * shape[-2 if operation.get_attr(names[0]) else -1]
    )


def _convolution(operation: Any) -> float:
    """Of a convolution, or of its gradient in its input or its kernel: all cost the same."""
    backward = "Backprop" in operation.type
    kernel = operation.outputs[0] if operation.type.endswith("Filter") else operation.inputs[1]
    if operation.type.endswith("FilterV2"):
        kernel = operation.outputs[0]
    outputs = operation.inputs[2] if backward else operation.outputs[0]
    taps = math.prod(kernel.shape[: -2 if "Depthwise" in operation.type else -1])
    return 2 * outputs.shape.num_elements() * taps


def _einsum(operation: Any) -> float:
    equation = operation.get_attr("equation").decode()
    terms = equation.replace(" ", "").partition("->")[0].split(",")
    sizes: dict[str, int] = {}
    for term, tensor in zip(terms, operation.inputs, strict=True):
        left, dots, right = term.partition("...")
        shape = [*tensor.shape]
        batch = shape[len(left) : len(shape) - len(right)] if dots else []
        labels = [*left, *(f"...{len(batch) - i}" for i in range(len(batch))), *right]
        for label, size in zip(labels, shape, strict=True):
            sizes[label] = max(size, sizes.get(label, 1))
    return (2 if len(terms) > 1 else 0) * math.prod(sizes.values())


def _fourier(operation: Any) -> float:
    """Cooley and Tukey's count of a complex transform, 5 N log2(N), half of it for a real one."""
    real = operation.type in ("RFFT", "IRFFT")
    signal = operation.inputs[0] if operation.type == "RFFT" else operation.outputs[0]
    length = signal.shape[-1]
    rows = signal.shape.num_elements() / length
    return (2.5 if real else 5) * rows * length * math.log2(max(length, 2))


_COUNTS: Mapping[str, Any] = {
    **dict.fromkeys(("MatMul", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3"), _product),
    **{
        f"{kind}{part}": _convolution
        for kind, parts in (
            ("Conv2D", ("", "BackpropInput", "BackpropFilter")),
            ("Conv3D", ("", "BackpropInputV2", "BackpropFilterV2")),
            ("DepthwiseConv2dNative", ("", "BackpropInput", "BackpropFilter")),
        )
        for part in parts
    },
    "Einsum": _einsum,
    **dict.fromkeys(("RFFT", "IRFFT", "FFT", "IFFT"), _fourier),
}
