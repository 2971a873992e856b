"""The weights of a `RecurrentStack` as PyTorch names and orders them."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")


def torch_order(columns, cell):
    """Keras's gate columns in PyTorch's order (the gates along the last axis)."""
    if cell == "lstm":  # both: input, forget, candidate, output
        return columns
    update, reset, candidate = np.split(columns, 3, axis=-1)  # PyTorch: reset, update, candidate
    return np.concatenate([reset, update, candidate], axis=-1)


def torch_parameters(stack):
    """(name in PyTorch, array or gradient shaped as in PyTorch) of every variable, in pairs."""
    directions = [("", stack.forward_layers), ("_reverse", stack.backward_layers)]
    for suffix, layers in directions[: 1 + stack.bidirectional]:
        for n, layer in enumerate(layers):
            yield f"weight_ih_l{n}{suffix}", layer.cell.kernel
            yield f"weight_hh_l{n}{suffix}", layer.cell.recurrent_kernel
            yield f"bias_l{n}{suffix}", layer.cell.bias


def peer_state(stack):
    """The weights of `stack` as PyTorch's state dict."""
    state = {}
    for name, variable in torch_parameters(stack):
        value = torch_order(variable.numpy(), stack.cell)
        if name.startswith("bias"):  # Keras's LSTM has one bias, its GRU two, PyTorch always two
            both = np.stack([value, 0 * value]) if value.ndim == 1 else value
            state[name.replace("bias", "bias_ih")] = torch.tensor(both[0])
            state[name.replace("bias", "bias_hh")] = torch.tensor(both[1])
        else:
            state[name] = torch.tensor(value.T.copy())
    return state
