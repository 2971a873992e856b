"""Training of a network of waveforms whose batches are varied on its device."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_sep.training.on_device import refuse_labels
from keras_sep.training.on_device_augmentation import OnDeviceAugmentation


class OnDeviceMixtures(keras.Model):
    """A network of waveforms fed with stems: varying and mixing them is part of the training step.

    This model exists for `fit`: save the inner `network`.

    Args:
        network: Network from the mixture to the targets, or to a dict of several such outputs.
        targets: Indices of the targets on the sources axis.
        augmentation: What varies the stems in training.
        heads: Names of the network's outputs, if it has several. Default none.
        context: Number of samples on either side of an excerpt that the network only reads.
            Default 0.

    Input shape:
        (batch, samples, channels, sources), context included.

    Output shape:
        That of the network.

    Example:

    >>> from keras_sep.training import OnDeviceAugmentation, OnDeviceMixtures, OnDeviceSettings
    >>> network = keras_sep.zoo.conv_tasnet(
    ...     sources=2, filters=8, bottleneck=4, hidden=8, blocks=1, repeats=1)
    >>> augmentation = OnDeviceAugmentation(OnDeviceSettings(flip_polarity=0.5), seed=1)
    >>> model = OnDeviceMixtures(network, targets=(0, 1), augmentation=augmentation)
    >>> model.compile("adam", loss=keras_sep.losses.SISDR())
    >>> history = model.fit(keras.random.normal((4, 800, 1, 2)), verbose=0)
    """

    def __init__(
        self,
        network: keras.Model,
        targets: Sequence[int],
        augmentation: OnDeviceAugmentation,
        heads: Sequence[str] = (),
        context: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.network = network
        self.targets = tuple(targets)
        self.augmentation = augmentation
        self.heads = tuple(heads)
        self.context = context

    def build(self, input_shape: Any) -> None:
        """Build nothing, as the network is already built."""
        self.built = True

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        stems = self.augmentation.vary(inputs, repeat=True) if training else inputs
        return self.network(ops.sum(stems, axis=-1), training=training)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        refuse_labels(y)
        stems = self.augmentation.vary(x) if training else x
        inner = stems[:, self.context : -self.context] if self.context else stems
        targets = ops.take(inner, self.targets, axis=-1)
        y = dict.fromkeys(self.heads, targets) if self.heads else targets
        return super().compute_loss(x, y, y_pred, sample_weight, training=training)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return self.network.compute_output_shape(tuple(input_shape)[:-1])

    def get_config(self) -> dict[str, Any]:
        raise NotImplementedError("save the inner `network`: this model exists for `fit` alone")
