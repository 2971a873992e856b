"""What a network must compute and move at least, and how fast this machine can.

FLOPs are those of matrix products and convolutions, two per multiplication and addition, as PyTorch
counts them, and of recurrent layers, which it does not count. Bytes are those of the same
operations' inputs and outputs, each read or written once: what is fused or stays in a cache moves
less. FFTs, normalisations and activations are left out.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

MATRIX = 2048
BUFFER_BYTES = 2**28


@dataclass
class Work:
    """Operations and bytes of a run."""

    flops: float = 0
    bytes: float = 0

    def seconds(self, machine: "Machine") -> float:
        """The floor on a machine: arithmetic or memory alone, whichever takes longer."""
        return max(self.flops / machine.flops_per_second, self.bytes / machine.bytes_per_second)


@dataclass
class Machine:
    """What the machine reaches in large matrix products, and in copies of large buffers."""

    flops_per_second: float
    bytes_per_second: float


def work_of(network: Any, run: Callable[[], Any]) -> Work:
    """Count the work of one run of a PyTorch network.

    Args:
        network: The `torch.nn.Module`.
        run: Function without arguments that runs it, without gradients.
    """
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils._pytree import tree_leaves
    from torch.utils.flop_counter import flop_registry, sdpa_flop

    work = Work()
    attention = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu

    def size(values: Any) -> int:
        tensors = [x for x in tree_leaves(values) if isinstance(x, torch.Tensor)]
        return sum(x.numel() * x.element_size() for x in tensors)

    class Counting(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            result = function(*args, **(kwargs or {}))
            operation = function.overloadpacket
            if operation in flop_registry or operation is attention:
                count = flop_registry.get(operation, sdpa_flop)
                work.flops += count(*args, **(kwargs or {}), out_val=result)
                work.bytes += size((args, result))
            return result

    def recurrent(module: Any, inputs: Any, outputs: Any) -> None:
        x = inputs[0]
        steps = x.numel() / x.shape[-1]
        weights = sum(w.numel() for name, w in module.named_parameters() if "weight" in name)
        work.flops += 2 * steps * weights
        work.bytes += size((x, outputs[0], list(module.parameters())))

    hooks = [
        module.register_forward_hook(recurrent)
        for module in network.modules()
        if isinstance(module, torch.nn.LSTM | torch.nn.GRU)
    ]
    with torch.no_grad(), Counting():
        run()
    for hook in hooks:
        hook.remove()
    return work


def this_machine() -> Machine:
    """Measure the machine, in the threads that TensorFlow and PyTorch were given."""
    import tensorflow as tf
    import torch

    square = np.ones((MATRIX, MATRIX), "float32")
    theirs, ours = torch.from_numpy(square), tf.constant(square)
    product = min(
        _best(lambda: torch.mm(theirs, theirs)), _best(lambda: tf.matmul(ours, ours).numpy())
    )
    buffer = torch.ones(BUFFER_BYTES // 4)
    target = torch.empty_like(buffer)
    copy = _best(lambda: target.copy_(buffer))
    return Machine(2 * MATRIX**3 / product, 2 * BUFFER_BYTES / copy)


def _best(run: Callable[[], Any], repeats: int = 7) -> float:
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return min(seconds)
