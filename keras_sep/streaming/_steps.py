"""Step forms: those that layers have, and those of Keras's own layers."""

from typing import Any

import keras
from keras import ops

from keras_sep._tails import extended, zeros
from keras_sep.ops import without_padding


class CausalConv1D:
    """The step form of `keras.layers.Conv1D(padding="causal")`."""

    def __init__(self, layer: keras.layers.Conv1D):
        if layer.padding != "causal" or layer.strides != (1,):
            raise ValueError(
                '`Conv1D` has a step form with `padding="causal"` and `strides=1`. '
                f"Received: {layer.name}, padding={layer.padding!r}, strides={layer.strides}"
            )
        self.layer = layer
        self.name = layer.name

    def initial_state(self, shape: Any) -> dict[str, Any]:
        reach = (self.layer.kernel_size[0] - 1) * self.layer.dilation_rate[0]
        return {"tail": zeros(self.layer, shape[0], reach, shape[-1])}

    def step(self, inputs: Any, state: dict[str, Any], valid: Any = None) -> Any:
        layer = self.layer
        x, tail = extended(state["tail"], without_padding(inputs, valid))
        x = ops.conv(x, layer.kernel, padding="valid", dilation_rate=layer.dilation_rate)
        x = x + layer.bias if layer.use_bias else x
        return (x if layer.activation is None else layer.activation(x)), {"tail": tail}


def step_form(layer: Any) -> Any:
    """What has `initial_state` and `step` for a layer, or None for one that keeps nothing."""
    if hasattr(layer, "step") and hasattr(layer, "initial_state"):
        return layer
    if isinstance(layer, keras.layers.Conv1D) and layer.kernel_size != (1,):
        return CausalConv1D(layer)
    return None


def makes_frames(form: Any) -> bool:
    """Whether a step form turns samples into frames, the first `delay` of which do not count."""
    return hasattr(form, "delay")


class Step(keras.Layer):
    """A step form as a layer: inputs, state and which frames count, to outputs and state.

    Of a layer that makes frames, also which of these count. Its state is then a pair: that of the
    form, and `left`, (batch,), which is 0 until the end of a stream is known, and then one more
    than the number of frames that still count.
    """

    def __init__(self, form: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.form = form
        self.built = True  # as what it steps through

    def call(self, inputs: Any, state: Any, valid: Any = None) -> Any:
        if not makes_frames(self.form):
            return self.form.step(inputs, state, valid)
        state, left = state
        outputs, after = self.form.step(inputs, state, valid)
        frames = ops.shape(keras.tree.flatten(outputs)[0])[1]
        index = ops.arange(frames, dtype="int32")
        valid = state["seen"][:, None] + index >= self.form.delay
        valid = valid & ((left[:, None] == 0) | (index + 1 < left[:, None]))
        left = ops.where(left == 0, 0, ops.maximum(left - ops.cast(frames, "int32"), 1))
        return outputs, (after, left), valid

    def compute_output_spec(self, inputs: Any, state: Any, valid: Any = None) -> Any:
        outputs = getattr(self.form, "layer", self.form).compute_output_spec(inputs)
        state = keras.tree.map_structure(lambda x: keras.KerasTensor(x.shape, x.dtype), state)
        if not makes_frames(self.form):
            return outputs, state
        batch, frames, *_ = keras.tree.flatten(outputs)[0].shape
        return outputs, state, keras.KerasTensor((batch, frames), "bool")
