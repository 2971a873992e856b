"""Recurrent layers of PyTorch."""

from typing import Any

import numpy as np


def set_lstm(stack: Any, state: Any, name: str, inputs: Any, first: int = 0) -> None:
    """A `torch.nn.LSTM` from its layer `first` on, of so many inputs, to a `RecurrentStack`.

    The gates are in one order in both; PyTorch has two biases where one would do.
    """
    gates = 4 * stack.units
    for layer, end, features in _layers(stack, inputs, first):
        bias = state.read(f"{name}.bias_ih_{end}", gates)
        layer.set_weights(
            [
                state.read(f"{name}.weight_ih_{end}", gates, features).T,
                state.read(f"{name}.weight_hh_{end}", gates, stack.units).T,
                bias + state.read(f"{name}.bias_hh_{end}", gates),
            ]
        )


def set_gru(stack: Any, state: Any, name: str, inputs: Any) -> None:
    """A `torch.nn.GRU` to a `RecurrentStack`: PyTorch's gates are reset, update, candidate."""

    def read(kind, end, *rest):
        values = state.read(f"{name}.{kind}_{end}", 3 * stack.units, *rest)
        reset, update, candidate = np.split(values, 3)
        return np.concatenate([update, reset, candidate]).T

    for layer, end, features in _layers(stack, inputs):
        layer.set_weights(
            [
                read("weight_ih", end, features),
                read("weight_hh", end, stack.units),
                np.stack([read("bias_ih", end), read("bias_hh", end)]),
            ]
        )


def set_recurrent(stack: Any, state: Any, name: str, inputs: Any) -> None:
    """A `torch.nn.LSTM` or `torch.nn.GRU`, whichever the stack is."""
    (set_gru if stack.cell == "gru" else set_lstm)(stack, state, name, inputs)


def recurrent_sizes(state: Any, name: str) -> Any:
    """What the tensors of a recurrent module tell, as arguments of a `RecurrentStack`."""
    gates, units = state.shape(f"{name}.weight_hh_l0", 2)
    names = [tensor for tensor in state.tensors if tensor.startswith(f"{name}.weight_hh_l")]
    bidirectional = f"{name}.weight_hh_l0_reverse" in state
    return {
        "units": units,
        "layers": len(names) // (1 + bidirectional),
        "cell": "gru" if gates == 3 * units else "lstm",
        "bidirectional": bidirectional,
    }


def _layers(stack, inputs, first=0):
    """Every layer of a stack, how its tensors' names end, and its number of inputs."""
    directions = [(stack.forward_layers, ""), (stack.backward_layers, "_reverse")]
    for n in range(stack.layers):
        for layers, suffix in directions[: 1 + stack.bidirectional]:
            yield layers[n], f"l{first + n}{suffix}", inputs
        inputs = stack.units * (1 + stack.bidirectional)
