"""The graph of one step: the graph of a network, its layers in their step forms."""

from typing import Any

import keras

from keras_sep._keras import through_graph
from keras_sep._networks import known_facts
from keras_sep.streaming._steps import Step, step_form


class StepGraph:
    """The functional network of one step of a separator, or of a network of waveforms.

    Attributes:
        network: from a dict of `"chunk"` and the states to a dict of `"stems"` and the states.
        first: shapes without the batch, and dtypes, of the states by name.
        stride: samples that a chunk is a multiple of.
        latency: samples by which stems come later.
    """

    def __init__(self, model: Any):
        self.first: dict[str, Any] = {}
        self.latency = 0
        self._before: dict[str, Any] = {}
        self._after: dict[str, Any] = {}
        self._valid: Any = None
        separator = hasattr(model, "through_parts")
        if separator:
            for network in model.estimators:
                _require_causal(network)
            chunk = keras.Input((None, model.channels), name="chunk")
            stems = model.through_parts(chunk, self._applied)
            self.stride = model.stride_samples
        else:
            _require_causal(model)
            chunk = keras.Input(model.input_shape[1:], name="chunk")
            stems = self._applied(model, chunk)
            self.stride = model.facts.stride
        self.network = keras.Model(
            {"chunk": chunk, **self._before}, {"stems": stems, **self._after}, name="step"
        )

    def _applied(self, operation, *args, **kwargs):
        """What a layer, an operation or a functional network makes of a step."""
        if isinstance(operation, keras.Model):
            return through_graph(operation, args[0], self._applied)
        form = step_form(operation)
        if form is None:
            return operation(*args, **kwargs)
        makes_frames = hasattr(form, "delay")  # of samples, which all count
        valid = None if makes_frames else self._valid
        outputs, after, *valid = Step(form)(args[0], self._state(form, args[0]), valid)
        if makes_frames:
            (self._valid,) = valid
            self.latency = max(self.latency, form.latency)
        self._after |= _flat(form.name, after)
        return outputs

    def _state(self, form, inputs):
        """Inputs for the state of a form, nested as it is."""
        shape = keras.tree.flatten(inputs)[0].shape
        state = form.initial_state((1, *shape[1:]))
        flat = _flat(form.name, state)
        self.first |= {name: (tuple(x.shape[1:]), _dtype(x)) for name, x in flat.items()}
        inputs = {
            name: keras.Input(shape, dtype=dtype, name=name)
            for name, (shape, dtype) in self.first.items()
            if name in flat
        }
        if set(inputs) & set(self._before):
            raise ValueError(f"Two layers must not share a name. Received: {form.name} twice")
        self._before |= inputs
        return _nested(form.name, state, inputs)


def _flat(name, state):
    """The tensors of a nested dict by joined names."""
    if not isinstance(state, dict):
        return {name: state}
    found = {}
    for key, value in state.items():
        found |= _flat(f"{name}_{key}", value)
    return found


def _nested(name, state, flat):
    """A nested dict like `state` of tensors by joined names."""
    if not isinstance(state, dict):
        return flat[name]
    return {key: _nested(f"{name}_{key}", value, flat) for key, value in state.items()}


def _dtype(x):
    return keras.backend.standardize_dtype(x.dtype)


def _require_causal(network):
    facts = known_facts(network)
    if not facts.causal:
        raise ValueError(
            "A stream needs a network that uses the past only, as `conv_tasnet(causal=True)` does. "
            f"Received: {network.name}, {facts}"
        )
