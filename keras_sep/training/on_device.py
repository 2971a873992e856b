"""Training with spectrograms computed by the model, on its device."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

from keras_sep.layers import STFT, Magnitude
from keras_sep.ops import length_mask
from keras_sep.training.on_device_augmentation import OnDeviceAugmentation


class OnDeviceSpectrograms(keras.Model):
    """A magnitude network fed with stems: mixing, STFT and targets are part of the training step.

    The data pipeline then moves only waveforms, and the STFT runs on the network's device. Training
    is the same as on spectrograms from the pipeline. This model exists for `fit`: save the inner
    `network`.

    Args:
        network: Network from the mixture's magnitude to the targets' magnitudes, to embeddings, or
            to a dict of several such outputs.
        stft: `STFT` layer, or its config.
        targets: Indices of the targets on the sources axis.
        target: Function from the pair of the target stems and the pair of the mixture to the target
            of the loss, such as `keras_sep.ops.magnitude_spectrum_approximation`; for several
            outputs, to a dict with their names.
        context: Number of samples on either side of an excerpt that only its first and last frames
            see, as from `keras_sep.data.excerpts`; a multiple of the hop. With at least half a
            frame, nothing is reflected. Default 0.
        augmentation: What varies the stems and masks the mixture in training; None for nothing.
            Default None.

    Input shape:
        (batch, samples, channels, sources), context included; or a pair of that, zero-padded, and
        the lengths (batch,) in samples: the network and the losses then get a mask of the frames.
        Keras takes the second of a pair from a dataset for labels, so pass
        `keras_sep.data.padded_batches` to `fit` as `dataset.map(lambda stems, lengths: ((stems,
        lengths),))`.

    Output shape:
        That of the network.

    Example:

    >>> import keras_sep
    >>> network = keras_sep.zoo.open_unmix(("vocals",), bins=65, hidden=8, layers=1)
    >>> model = keras_sep.training.OnDeviceSpectrograms(
    ...     network, keras_sep.layers.STFT(128, 32), targets=(0,),
    ...     target=keras_sep.ops.magnitude_spectrum_approximation)
    >>> model.compile("adam", loss=keras_sep.losses.SpectrogramLoss(norm="l2"))
    >>> stems = keras.random.normal((4, 1280, 2, 3))
    >>> history = model.fit(stems, verbose=0)
    """

    def __init__(
        self,
        network: keras.Model,
        stft: STFT,
        targets: Sequence[int],
        target: Callable[[Any, Any], Any],
        context: int = 0,
        augmentation: OnDeviceAugmentation | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if context < 0 or context % stft.hop_length:
            raise ValueError(
                "`context` must be a multiple of the hop, in samples. "
                f"Received: context={context}, hop_length={stft.hop_length}"
            )
        self.network = network
        self.stft = stft
        self.targets = tuple(targets)
        self.target = target
        self.context = context
        self.augmentation = augmentation
        self.to_magnitude = Magnitude()

    def build(self, input_shape: Any) -> None:
        """Build nothing, as the network is already built."""
        self.built = True

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        stems, lengths = _stems_and_lengths(inputs)
        augmentation = self.augmentation if training else None
        if augmentation is not None:
            if lengths is not None and augmentation.mixes_excerpts:
                raise ValueError("`remix` and `mixup` need excerpts of one length, without padding")
            stems = augmentation.vary(stems, repeat=True)
        magnitude = self.to_magnitude(self._spectra(ops.sum(stems, axis=-1)))
        if augmentation is not None:
            magnitude = augmentation.mask(magnitude)
        mask = None
        if lengths is not None:
            frames = self.stft.frame_count(lengths - 2 * self.context)
            mask = length_mask(frames, ops.shape(magnitude)[1])
        return self.network(magnitude, training=training, mask=mask)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        refuse_labels(
            y,
            " Lengths belong to the inputs, "
            "`dataset.map(lambda stems, lengths: ((stems, lengths),))`.",
        )
        stems, _ = _stems_and_lengths(x)
        if training and self.augmentation is not None:
            stems = self.augmentation.vary(stems)
        y = self.target(
            self._spectra(ops.take(stems, self.targets, axis=-1)),
            self._spectra(ops.sum(stems, axis=-1)),
        )
        return super().compute_loss(x, y, y_pred, sample_weight, training=training)

    def compute_output_shape(self, input_shape: Any) -> Any:
        stems_shape = input_shape[0] if isinstance(input_shape[0], (tuple, list)) else input_shape
        batch, samples, channels, _ = stems_shape
        samples = None if samples is None else samples - 2 * self.context
        mixture, _ = self.stft.compute_output_shape((batch, samples, channels))
        return self.network.compute_output_shape(mixture)

    def _spectra(self, waveforms: Any) -> Any:
        """Frames of the excerpts, without those of their context, which see a reflection."""
        edge = self.context // self.stft.hop_length
        pair = self.stft(waveforms)
        return tuple(part[:, edge:-edge] for part in pair) if edge else pair

    def get_config(self) -> dict[str, Any]:
        raise NotImplementedError("save the inner `network`: this model exists for `fit` alone")


def _stems_and_lengths(inputs: Any) -> tuple[Any, Any]:
    if not isinstance(inputs, (tuple, list)):
        return inputs, None
    stems, lengths = inputs
    return stems, lengths


def refuse_labels(y: Any, more: str = "") -> None:
    """Raise if `fit` is given labels for stems; strategies have an empty tuple for none."""
    if y is not None and keras.tree.flatten(y):
        raise ValueError(
            f"The targets come from the stems: no labels were wanted.{more} Received: labels {y}"
        )
