"""The devices of a training: one, all of this machine, or all of several hosts."""

import contextlib
import dataclasses
import math
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_sep._printable import say
from keras_sep._tensorflow import tf
from keras_sep.training import datasets
from keras_sep.training._processes import processes
from keras_sep.training.datasets import Audio
from keras_sep.training.parallel import ParallelDevices
from keras_sep.training.recipe import Recipe


def distribution(mirrored: bool, model_parallel: int = 1) -> Any:
    """Return the devices to train on; the model is built, and trained, in their `scope()`.

    Between `joined` processes they are all devices of all processes.

    Args:
        mirrored: Whether to train on all of this machine's accelerators.
        model_parallel: Number of devices among which large kernels are split, as the recipe's
            `fit.model_parallel`. Default 1.

    Raises:
        ValueError: If Keras's backend cannot, or the devices cannot be shared so.
    """
    if keras.backend.backend() == "jax" and (mirrored or model_parallel > 1 or processes() > 1):
        return ParallelDevices(model_parallel)
    if model_parallel > 1:
        raise ValueError(
            "`fit.model_parallel` needs Keras's JAX backend: install `keras_sep[jax]` and set "
            f"KERAS_BACKEND=jax. Received: backend {keras.backend.backend()}"
        )
    if not mirrored:
        return _OneDevice()
    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            "the strategy `mirrored` has no effect on this backend of Keras: leave it out, or set "
            f"KERAS_BACKEND=tensorflow or jax. Received: backend {keras.backend.backend()}"
        )
    strategy = tf.distribute.MirroredStrategy()
    if strategy.num_replicas_in_sync == 1:
        say("mirrored: there is only one device, so it has no effect")
        return _OneDevice()
    return strategy


def fit_datasets(
    recipe: Recipe, audio: Audio, held_out: Audio, cache: Path, devices: Any, epoch: int = 0
) -> tuple[Any, Any]:
    """What `fit` trains on, and what it takes as `validation_data`, shared by the devices.

    Args:
        recipe: Recipe of the training.
        audio: From `training_audio`.
        held_out: From `validation_audio`.
        cache: Folder for spectrograms, where the recipe wants them cached.
        devices: Devices from `distribution`.
        epoch: Number of the first pass.
    """
    fit = dataclasses.replace(recipe.fit, batch_size=shared_batch_size(recipe, devices))
    recipe = dataclasses.replace(recipe, fit=fit)
    part = getattr(devices, "part", None)
    return (
        datasets.training_dataset(recipe, audio, cache, epoch, part),
        shared_validation(recipe, held_out, cache, devices),
    )


def shared_batch_size(recipe: Recipe, devices: Any) -> int:
    """The largest batch size, up to the recipe's, that the devices share equally."""
    count = devices.num_replicas_in_sync
    return max(count, recipe.fit.batch_size // count * count)


def shared_validation(recipe: Recipe, audio: Audio, cache: Path, devices: Any) -> Any:
    """Build the validation dataset in batches that the devices divide equally.

    TensorFlow fills one device after another, so some would get no example of the last batch, and
    strided and dilated convolutions fail on an empty batch; JAX needs equal shares. So the last
    batch is padded with examples of weight zero, and the others have a weight that keeps the mean
    unchanged.

    Args:
        recipe: Recipe of the training.
        audio: From `validation_audio`.
        cache: Folder for spectrograms, where the recipe wants them cached.
        devices: Devices from `distribution`."""
    count = devices.num_replicas_in_sync
    if count == 1 or not audio:
        return datasets.validation_dataset(recipe, audio, cache)
    place, parts = part = getattr(devices, "part", (0, 1))
    examples = int(_validation(recipe, audio, cache, 1, None).cardinality())
    steps = math.ceil(examples / recipe.fit.batch_size)
    batch = count * math.ceil(examples / (steps * count))
    padded = steps * batch
    weights = np.where(np.arange(padded) < examples, padded / examples, 0.0).astype(np.float32)
    weights = weights.reshape(steps, parts, batch // parts)[:, place]
    dataset = tf.data.Dataset.zip(
        _validation(recipe, audio, cache, batch, part), tf.data.Dataset.from_tensor_slices(weights)
    )

    def weighted(example: Any, weight: Any) -> Any:
        # an empty tuple, as strategies cannot reduce None
        return (*example, weight) if isinstance(example, tuple) else (example, (), weight)

    return dataset.map(weighted)


def _validation(recipe: Recipe, audio: Audio, cache: Path, batch: int, part: Any) -> Any:
    fit = dataclasses.replace(recipe.fit, batch_size=batch)
    return datasets.validation_dataset(dataclasses.replace(recipe, fit=fit), audio, cache, part)


class _OneDevice:
    num_replicas_in_sync = 1

    def scope(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()
