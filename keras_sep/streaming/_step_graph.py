"""The graph of one step: that of a network, with its layers in their step forms."""

import math
from collections.abc import Callable
from typing import Any

import keras

from keras_sep._keras import through_graph
from keras_sep.layers import PadToMultiple
from keras_sep.streaming._frame_count import FrameCount
from keras_sep.streaming._steps import Step, makes_frames, step_form


class StepGraph:
    """Collects what a step needs while the parts of a model are applied to symbolic chunks.

    Attributes:
        before: Inputs of the states, by name.
        after: States after the step, by name.
        first: Shape without the batch, and dtype, of each state.
        stride: Number of time steps that a chunk is a multiple of.
        latency: Number of time steps by which outputs come later.
        mirrors_end: Whether a layer mirrors the end of a recording.
        frames: For each layer that turns samples into frames, how many, by the name of the state
            that says how many are left.
    """

    def __init__(self) -> None:
        self.before: dict[str, Any] = {}
        self.after: dict[str, Any] = {}
        self.first: dict[str, Any] = {}
        self.stride = 1
        self.latency = 0
        self.mirrors_end = False
        self.frames: dict[str, FrameCount] = {}
        self._valid: Any = None  # which frames lie within the stream
        self._padded: Callable[[int], int] = int  # length of what a recording is padded to

    def apply(self, operation: Any, *args: Any, **kwargs: Any) -> Any:
        """What a layer, an operation or a functional network makes of a step."""
        _require_causal(operation)
        if isinstance(operation, keras.Model):
            return through_graph(operation, args[0], self.apply)
        form = step_form(operation)
        if isinstance(operation, PadToMultiple):
            self._padded = lambda samples: operation.compute_output_shape((None, samples))[1]
        if form is None:
            return operation(*args, **kwargs)
        if operation.compute_dtype not in ("float32", "float64"):
            raise ValueError(
                "A stream is computed in float32, as states add up. "
                f"Received: {operation.name} of {operation.dtype_policy.name}"
            )
        state = self._state(form, args[0])
        if not makes_frames(form):
            outputs, after = Step(form)(args[0], state, self._valid)
        else:  # of samples, all of which lie within the stream
            left = f"{form.name}_left"
            pair = state, self._input(left, (), "int32")
            outputs, (after, self.after[left]), self._valid = Step(form)(args[0], pair)
            self.frames[left] = FrameCount.of(form, args[0].shape[-1], self._padded)
            self.mirrors_end |= form.padding == "reflect"
            self.stride = math.lcm(self.stride, form.hop_length)
            self.latency = max(self.latency, form.latency)
        self.after |= _flat(form.name, after)
        return outputs

    def _state(self, form, inputs):
        """Inputs for the state of a form, nested as it is."""
        shape = keras.tree.flatten(inputs)[0].shape
        state = form.initial_state((1, *shape[1:]))
        flat = _flat(form.name, state)
        if set(flat) & set(self.before):
            raise ValueError(
                f"No two layers of a stream must share a name. Received: {form.name} twice"
            )
        for key, x in flat.items():
            self._input(key, tuple(x.shape[1:]), keras.backend.standardize_dtype(x.dtype))
        return _nested(form.name, state, self.before)

    def _input(self, name, shape, dtype):
        self.first[name] = shape, dtype
        self.before[name] = keras.Input(shape, dtype=dtype, name=name)
        return self.before[name]


def _flat(name, state):
    """The tensors of a nested dict by joined names."""
    if not isinstance(state, dict):
        return {name: state}
    found: dict[str, Any] = {}
    for key, value in state.items():
        found |= _flat(f"{name}_{key}", value)
    return found


def _nested(name, state, flat):
    """A nested dict like `state` of tensors by joined names."""
    if not isinstance(state, dict):
        return flat[name]
    return {key: _nested(f"{name}_{key}", value, flat) for key, value in state.items()}


def _require_causal(part):
    facts = getattr(part, "facts", None)
    over_time = getattr(part, "over_time", False) or getattr(part, "context_frames", 0) != 0
    if over_time or (facts is not None and not facts.causal):
        known = f"a {type(part).__name__}" if facts is None else facts
        raise ValueError(
            "A stream needs a network that uses the past only, as `conv_tasnet(causal=True)` does. "
            f"Received: {part.name}, {known}"
        )
