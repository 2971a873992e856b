"""Parts that the networks of demucs 4 have in common, from its tensors to our layers."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_sep.convert._recurrent import set_lstm
from keras_sep.convert._torch_layers import set_dense


def set_convolution(
    layer: Any, state: Any, name: str, inputs: Any = None, outputs: Any = None
) -> None:
    """A convolution, transposed or not, of one axis or two.

    Its axes come in reverse in PyTorch, which suits ours, (time, bins), too. `inputs` and `outputs`
    are the places of our features among theirs, where the order is not the same.
    """
    kernel = state.read(f"{name}.weight", *reversed(layer.kernel.shape)).T
    bias = state.read(f"{name}.bias", layer.filters)
    if inputs is not None:
        kernel = kernel[..., inputs, :]
    if outputs is not None:  # of a transposed one: no other has them in another order
        kernel, bias = kernel[..., outputs, :], bias[outputs]
    layer.set_weights([kernel, bias])


def set_branches(network: Any, state: Any, name: str, theirs: Any) -> None:
    """The residual branches of a block, as many as there are."""
    n = 0
    while f"{theirs}.layers.{n}.0.weight" in state:
        _set_branch(network.get_layer(f"{name}_branch_{n + 1}"), state, f"{theirs}.layers.{n}")
        n += 1


def _set_branch(branch, state, name):
    """Recurrent layers and attention, where there are any, shift what follows in theirs."""
    taps, features, hidden = branch.kernel_1.shape
    after = 3
    if branch.recurrent_layer is not None:
        set_recurrent(branch.recurrent_layer, state, f"{name}.{after}")
        after += 1
    if branch.attention_layer is not None:
        attention = branch.attention_layer
        for ours, theirs in (
            (attention.query, "query"),
            (attention.key, "key"),
            (attention.content, "content"),
            (attention.decay, "query_decay"),
            (attention.projection, "proj"),
        ):
            set_dense(ours, state, f"{name}.{after}.{theirs}", axes=1)
        after += 1
    wide = 2 * features
    for weight, theirs, shape in (
        (branch.kernel_1, "0.weight", (hidden, features, taps)),
        (branch.bias_1, "0.bias", (hidden,)),
        (branch.gamma_1, "1.weight", (hidden,)),
        (branch.beta_1, "1.bias", (hidden,)),
        (branch.kernel_2, f"{after}.weight", (wide, hidden, 1)),
        (branch.bias_2, f"{after}.bias", (wide,)),
        (branch.gamma_2, f"{after + 1}.weight", (wide,)),
        (branch.beta_2, f"{after + 1}.bias", (wide,)),
        (branch.scale, f"{after + 3}.scale", (features,)),
    ):
        weight.assign(np.reshape(state.read(f"{name}.{theirs}", *shape).T, weight.shape))


def set_recurrent(layer: Any, state: Any, name: str) -> None:
    """The LSTM layers and the dense layer after them."""
    set_lstm(layer.recurrent, state, f"{name}.lstm", layer.recurrent.units)
    set_dense(layer.dense, state, f"{name}.linear")


def branch_sizes(state: Any, blocks: Sequence[str]) -> Any:
    """What the branches of blocks, named from the outermost on, tell of their sizes."""
    first = f"{blocks[-1]}.layers.0.0.weight"
    if first not in state:
        return {}
    hidden, features, _ = state.shape(first, 3)
    sizes = {"compression": features / hidden, "branch_depth": 0}
    while f"{blocks[-1]}.layers.{sizes['branch_depth']}.0.weight" in state:
        sizes["branch_depth"] += 1

    def starts(part):
        having = [any(f"{block}.layers.0.{n}.{part}" in state for n in (3, 4)) for block in blocks]
        return having.index(True) if any(having) else len(blocks)

    return sizes | {
        "recurrent_starts": starts("linear.weight"),
        "attention_starts": starts("query.weight"),
    }


def count(state: Any, name: str, end: Any) -> Any:
    """How many tensors `name`.0.`end`, `name`.1.`end`, ... there are."""
    n = 0
    while f"{name}.{n}.{end}" in state:
        n += 1
    return n


def stems_last(channels: int, sources: int, parts: int = 1) -> Any:
    """Places of our features, (parts, channels, sources), among theirs, (sources, channels, parts).

    Parts are the real and the imaginary one.
    """
    places = np.arange(sources * channels * parts).reshape(sources, channels, parts)
    return places.transpose(2, 1, 0).ravel()
