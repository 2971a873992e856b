"""Processors and threads that a command computes on."""

import contextlib
from collections.abc import Iterator

import keras

from keras_sep._threads import set_threads

_KINDS = ("cpu", "gpu")
_FOR_GPUS = " (NVIDIA GPUs need their driver, and TensorFlow then pip install 'keras_sep[cuda]')"


@contextlib.contextmanager
def computing_on(device: str | None, threads: int | None) -> Iterator[None]:
    """Compute on a device, and with so many threads, inside the block.

    TensorFlow and JAX take both only before they compute anything.

    Args:
        device: "cpu", "gpu", or one of several such as "gpu:1"; None for what the backend prefers.
        threads: Number of threads on the CPU; None for one per core.

    Raises:
        ValueError: If there is no such device; the message names those that there are.
    """
    backend = keras.backend.backend()
    if threads is not None:
        set_threads(threads)
    if device is None:
        yield
        return
    there = _devices(backend)
    wanted = device if ":" in device else f"{device}:0"
    if wanted not in there:
        raise ValueError(
            f"--device {device}: {backend} finds no such device here, only {', '.join(there)}"
            f"{_FOR_GPUS if len(there) == 1 and device.startswith('gpu') else ''}"
        )
    # PyTorch copies what is moved to "cpu:0" from "cpu", and copies are not parameters
    with keras.device("cpu" if (backend, wanted) == ("torch", "cpu:0") else wanted):
        yield


def _devices(backend: str) -> list[str]:
    """Names of the devices, for `keras.device`."""
    if backend == "tensorflow":
        import tensorflow as tf

        counts = {kind: len(tf.config.list_physical_devices(kind.upper())) for kind in _KINDS}
    elif backend == "torch":
        import torch

        counts = {"cpu": 1, "gpu": torch.cuda.device_count()}
    else:
        import jax

        counts = {}
        for kind in _KINDS:
            with contextlib.suppress(RuntimeError):  # JAX was not built for it
                counts[kind] = len(jax.devices(kind))
    return [f"{kind}:{number}" for kind, count in counts.items() for number in range(count)]
