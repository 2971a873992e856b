"""The devices of a training: one, or all of this machine."""

import contextlib
import dataclasses
import math
from pathlib import Path
from typing import Any

import keras

from keras_sep._printable import say
from keras_sep._tensorflow import tf
from keras_sep.training import datasets
from keras_sep.training.datasets import Audio
from keras_sep.training.recipe import Recipe


def distribution(mirrored: bool) -> Any:
    """Return the devices to train on; the model is built in their `scope()`.

    Args:
        mirrored: Whether to train on all of this machine's accelerators.

    Raises:
        ValueError: If Keras does not run on the TensorFlow backend.
    """
    if not mirrored:
        return _OneDevice()
    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            "the strategy `mirrored` is TensorFlow's and has no effect on Keras's other backends: "
            f"leave it out. Received: backend {keras.backend.backend()}"
        )
    strategy = tf.distribute.MirroredStrategy()
    if strategy.num_replicas_in_sync == 1:
        say("mirrored: there is one device only, so it has no effect")
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
    return (
        datasets.training_dataset(recipe, audio, cache, epoch),
        shared_validation(recipe, held_out, cache, devices),
    )


def shared_batch_size(recipe: Recipe, devices: Any) -> int:
    """The largest batch size, up to the recipe's, that the devices share equally."""
    count = devices.num_replicas_in_sync
    return max(count, recipe.fit.batch_size // count * count)


def shared_validation(recipe: Recipe, audio: Audio, cache: Path, devices: Any) -> Any:
    """Build the validation dataset in batches that the devices divide equally.

    TensorFlow fills one device after another, so some would get no example of the last batch, and
    strided and dilated convolutions fail on an empty batch. So the last batch is padded with
    examples of weight zero, and the others have a weight that keeps the mean unchanged.

    Args:
        recipe: Recipe of the training.
        audio: From `validation_audio`.
        cache: Folder for spectrograms, where the recipe wants them cached.
        devices: Devices from `distribution`."""
    count = devices.num_replicas_in_sync
    if count == 1 or not audio:
        return datasets.validation_dataset(recipe, audio, cache)
    singles = dataclasses.replace(recipe, fit=dataclasses.replace(recipe.fit, batch_size=1))
    dataset = datasets.validation_dataset(singles, audio, cache)
    examples = int(dataset.cardinality())
    steps = math.ceil(examples / recipe.fit.batch_size)
    batch = count * math.ceil(examples / (steps * count))
    missing = steps * batch - examples

    def weighted(weight: float) -> Any:
        return lambda x, y=(): (x, y, weight)  # strategies cannot reduce None

    dataset = dataset.unbatch()
    padding = dataset.take(1).repeat(missing).map(weighted(0.0))
    dataset = dataset.map(weighted(1 + missing / examples)).concatenate(padding)
    dataset = dataset.batch(batch, drop_remainder=True)
    return dataset.apply(tf.data.experimental.assert_cardinality(steps))


class _OneDevice:
    num_replicas_in_sync = 1

    def scope(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()
