"""Devices that share a training through `keras.distribution`, which is JAX's."""

import contextlib
import re

import keras

from keras_sep._tensorflow import tf
from keras_sep.training._processes import process, processes

# Large kernels of the RoFormers, by path, and the axis that is split: of two dense layers in turn
# the features between them, so that their product needs one sum over the devices.
SPLIT: dict[str, tuple[str | None, ...]] = {
    r".*/attention/query_key_value/kernel": (None, "model"),
    r".*/attention/projection/kernel": ("model", None),
    r".*_(time|bands)_\d+/dense_1/kernel": (None, "model"),
    r".*_(time|bands)_\d+/dense_1/bias": ("model",),
    r".*_(time|bands)_\d+/dense_2/kernel": ("model", None),
    r".*masks/source_\d+_dense_1/kernel_\d+": (None, None, "model"),
    r".*masks/source_\d+_dense_1/bias_\d+": (None, "model"),
    r".*masks/source_\d+_dense_([2-9]|\d\d)/kernel_\d+": (None, "model", None),
}


def check_split(network: keras.Model, parts: int) -> None:
    """Raise a `ValueError` unless kernels of a network can be split into so many equal parts."""
    if parts == 1:
        return
    split: list[str | None] = []
    for weight in network.weights:
        axes = next((axes for path, axes in SPLIT.items() if re.fullmatch(path, weight.path)), ())
        if axes and weight.shape[axes.index("model")] % parts:
            raise ValueError(
                "`fit.model_parallel` must divide the sizes of the large kernels. "
                f"Received: {parts}, and {weight.path} of shape {tuple(weight.shape)}"
            )
        split += axes
    if not split:
        raise ValueError(
            "`fit.model_parallel` must be 1 for this network: only the kernels of bs_roformer and "
            f"mel_band_roformer are split. Received: {parts}"
        )


class ParallelDevices:
    """All devices of JAX, of all processes: each has a share of every batch.

    Args:
        model_parallel: Number of devices that have one share together, each with a part of the
            large kernels. Default 1.

    Attributes:
        num_replicas_in_sync: Number of shares of a batch.
        part: Number of the part of every batch that this process draws, and count of the parts.

    Raises:
        ValueError: If the devices cannot be grouped so.
    """

    def __init__(self, model_parallel: int = 1) -> None:
        with contextlib.suppress(RuntimeError):  # in use already
            tf.config.set_visible_devices([], "GPU")  # would take the memory that JAX needs
        devices = keras.distribution.list_devices()
        if len(devices) % model_parallel:
            raise ValueError(
                f"`fit.model_parallel` must divide the number of devices, {len(devices)}. "
                f"Received: {model_parallel}"
            )
        if model_parallel > 1 and processes() > 1:
            raise ValueError(
                "`fit.model_parallel` must be 1 for several processes: it splits kernels among the "
                f"devices of one. Received: {model_parallel}"
            )
        self.model_parallel = model_parallel
        self.num_replicas_in_sync = len(devices) // model_parallel
        if model_parallel == 1:
            self.distribution = keras.distribution.DataParallel(
                devices=devices, auto_shard_dataset=False
            )
        else:
            mesh = keras.distribution.DeviceMesh(
                (self.num_replicas_in_sync, model_parallel), ("batch", "model"), devices
            )
            layouts = keras.distribution.LayoutMap(mesh)
            for path, axes in SPLIT.items():
                layouts[path] = axes
            self.distribution = keras.distribution.ModelParallel(
                layout_map=layouts, batch_dim_name="batch", auto_shard_dataset=False
            )
        self.part = (process(), processes())

    def scope(self) -> contextlib.AbstractContextManager[None]:
        """The context in which a model is built and trained on these devices."""
        return self.distribution.scope()
